# Zroom. "make help" lists what can be made.

PREFIX ?= /usr/local
CC ?= cc
SAN ?=
V ?=
WERROR ?=
T ?=
SOURCE ?=
export SOURCE
FUZZ_S ?= 30
SOAK_S ?= 600

# One build folder for each way of building, so that they never mix.
comma := ,
ifeq ($(SAN),)
BUILD ?= build
else
BUILD ?= build-$(subst $(comma),-,$(SAN))
endif

OPTIMIZE ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wformat=2 \
    -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual
CPPFLAGS += -D_GNU_SOURCE -iquote .
CFLAGS += -std=c11 $(OPTIMIZE) -fno-omit-frame-pointer $(WARNINGS) $(WERROR) $(if $(SAN),-fsanitize=$(SAN))
LDFLAGS += -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN))

# Libraries, by pkg-config name, for the part that calls them.
PKG_COMMON = libczmq libzmq libturbojpeg libavutil jansson libutf8proc
PKG_PUBLISHER = libavformat libavcodec libswscale libv4l2
PKG_SUBSCRIBER = libavformat libavcodec libswscale sdl2 SDL2_ttf fontconfig chafa
PKG_BROKER = sqlite3
PKG_CHAT = readline
PKG_TEST = cmocka
PKG_ALL = $(PKG_COMMON) $(PKG_PUBLISHER) $(PKG_SUBSCRIBER) $(PKG_BROKER) $(PKG_CHAT)

# Asked for once, and only when something is compiled.
pkg_cflags = $(eval pkg_cflags := $$(shell pkg-config --cflags $(PKG_ALL) libavdevice))$(pkg_cflags)
libs_common = $(eval libs_common := $$(shell pkg-config --libs $(PKG_COMMON)) -lpthread -lm)$(libs_common)
libs_publisher = $(eval libs_publisher := $$(shell pkg-config --libs $(PKG_PUBLISHER)) -ldl)$(libs_publisher)
libs_subscriber = $(eval libs_subscriber := $$(shell pkg-config --libs $(PKG_SUBSCRIBER)))$(libs_subscriber)
libs_broker = $(eval libs_broker := $$(shell pkg-config --libs $(PKG_BROKER)))$(libs_broker)
libs_chat = $(eval libs_chat := $$(shell pkg-config --libs $(PKG_CHAT)))$(libs_chat)
libs_test = $(eval libs_test := $$(shell pkg-config --libs $(PKG_TEST)))$(libs_test)

FOLDERS = common publisher subscriber broker
sources = $(foreach d,$(FOLDERS),$(wildcard $d/*.c))
headers = $(foreach d,$(FOLDERS),$(wildcard $d/*.h))
unit_sources = $(wildcard tests/unit/test_*.c)
units = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(unit_sources))
fuzz_sources = $(wildcard tests/fuzz/fuzz_*.c)
PROGRAMS = zroom-publisher zroom-subscriber zroom-broker zroom-chat
programs = $(addprefix $(BUILD)/bin/,$(PROGRAMS))

q = $(if $(V),,@)
say = $(if $(V),,@echo '  $1' $(patsubst $(BUILD)/%,%,$@))

.DELETE_ON_ERROR:
.PHONY: all publisher subscriber broker chat
all: $(programs) ## build the programs (build/bin)
	@:
publisher: $(BUILD)/bin/zroom-publisher ## build one program
subscriber: $(BUILD)/bin/zroom-subscriber ## build one program
broker: $(BUILD)/bin/zroom-broker ## build one program
chat: $(BUILD)/bin/zroom-chat ## build one program

# Every folder is an archive of all but its *main.c; programs and tests link archives,
# and take from them only what they call.
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %main.c,$(wildcard $1/*.c)))
$(foreach d,$(FOLDERS),$(eval $(BUILD)/lib$d.a: $(call objects,$d)))

$(BUILD)/bin/zroom-publisher: libs = $(libs_publisher) $(libs_chat) $(libs_common)
$(BUILD)/bin/zroom-publisher: $(BUILD)/obj/publisher/main.o $(BUILD)/libpublisher.a $(BUILD)/libcommon.a
$(BUILD)/bin/zroom-subscriber: libs = $(libs_subscriber) $(libs_chat) $(libs_common)
$(BUILD)/bin/zroom-subscriber: $(BUILD)/obj/subscriber/main.o $(BUILD)/libsubscriber.a $(BUILD)/libcommon.a

$(BUILD)/bin/zroom-broker: libs = $(libs_broker) $(libs_common)
$(BUILD)/bin/zroom-broker: $(BUILD)/obj/broker/main.o $(BUILD)/libbroker.a $(BUILD)/libcommon.a
$(BUILD)/bin/zroom-chat: libs = $(libs_chat) $(libs_common)
$(BUILD)/bin/zroom-chat: $(BUILD)/obj/subscriber/chat_main.o $(BUILD)/libcommon.a

$(programs):
	@mkdir -p $(@D)
	$(call say,LD)
	$(q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libs)

# Only what the folder holds now goes into its archive.
$(BUILD)/lib%.a: $(BUILD)/.flags
	@mkdir -p $(@D)
	$(q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/obj/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(q)$(CC) $(CPPFLAGS) $(pkg_cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libpublisher.a $(BUILD)/libsubscriber.a $(BUILD)/libbroker.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libs_test) $(libs_publisher) $(libs_subscriber) $(libs_broker) $(libs_chat) $(libs_common)

# Rebuild when the compiler or its flags change.
flags_now = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@pkg-config --exists $(PKG_ALL) 2>/dev/null || \
	    { echo "Libraries or pkg-config are missing: run 'make deps' first."; exit 1; }
	@echo '$(flags_now)' | cmp -s - $@ || echo '$(flags_now)' > $@
FORCE:
.SECONDARY:
-include $(patsubst %.c,$(BUILD)/obj/%.d,$(sources) $(unit_sources))

# ---- what it needs ------------------------------------------------------------------

DEBIAN_BUILD = gcc libc6-dev make pkg-config libzmq3-dev libczmq-dev libturbojpeg0-dev \
    libjansson-dev libutf8proc-dev libavformat-dev libavcodec-dev libswscale-dev \
    libavutil-dev libavdevice-dev libv4l-dev libsdl2-dev libsdl2-ttf-dev \
    libfontconfig-dev fonts-dejavu-core libchafa-dev libsqlite3-dev libreadline-dev
DEBIAN_TEST = perl bats libcmocka-dev jq procps ffmpeg xvfb xdotool cwm x11-utils xterm imagemagick tmux \
    python3 python3-zmq python3-opencv iproute2
DEBIAN_CAMERA = qemu-system-x86 v4l-utils xz-utils
# Peers of the bench. ngircd is left out, as it would begin to serve: install it by hand.
DEBIAN_BENCH = gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
    gstreamer1.0-libav gnuplot-nox libx11-dev libxext-dev libxdamage-dev \
    ustreamer
DEBIAN_LINT = clang clang-tidy clang-format libclang-rt-14-dev cppcheck shellcheck pyflakes3

SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

# $(call install,PACKAGES): only what is missing, and nothing at all if nothing is.
define install
	@missing=$$(for p in $1; do \
	    dpkg-query -W -f '$${db:Status-Abbrev}\n' $$p 2>/dev/null | grep -q '^ii' || echo $$p; done); \
	if ! command -v apt-get >/dev/null; then \
	    pkg-config --exists $(PKG_ALL) 2>/dev/null && exit 0; \
	    echo "This system has no apt-get. Install what these packages of Debian have, then run make again:"; \
	    echo "  $1" | fold -s -w 78; \
	    echo "(libraries by pkg-config name: $(PKG_ALL))" | fold -s -w 78; exit 1; \
	elif [ -n "$$missing" ]; then \
	    echo "Installing:" $$missing; \
	    $(SUDO) apt-get -qq update && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install \
	        --no-install-recommends -y $$missing >/dev/null; fi
endef

.PHONY: deps deps-test deps-lint
deps: ## install what is needed to build and run it
	$(call install,$(DEBIAN_BUILD))
deps-test: ## the same for the tests
	$(call install,$(DEBIAN_BUILD) $(DEBIAN_TEST) $(DEBIAN_CAMERA))
deps-lint: ## the same for lint, fuzz and format
	$(call install,$(DEBIAN_BUILD) $(DEBIAN_TEST) $(DEBIAN_LINT))

# ---- try it -------------------------------------------------------------------------

.PHONY: demo
demo: deps ## show moving pictures now; SOURCE=clip.mp4 plays that
	@$(MAKE) --no-print-directory all
	@BUILD='$(BUILD)' tests/demo

# ---- tests --------------------------------------------------------------------------

# T=wire picks the tests with that in their name.
pick = $(if $(T),$(foreach f,$1,$(if $(findstring $(T),$f),$f)),$1)
e2e_tests = $(call pick,$(wildcard tests/e2e/*.bats))
lan_tests = $(call pick,$(wildcard tests/lan/*.bats))
unit_tests = $(call pick,$(units))
# Emulated, and so too slow for the sanitizers.
camera_tests = $(if $(SAN),,$(call pick,$(wildcard tests/camera/*.t)))
CAMERA_S ?= 5
CAMERA_LOSS ?= 0.1
PATIENCE ?= 1

# Two lanes of about one length: the emulated cameras, the hosts in namespaces and some
# others, beside the rest.
JOBS ?= 2

# $(call prove,FILES): runs them, one line each and one closing line that counts.
define prove
	$(if $(strip $1),,$(error no test has "$(T)" in its name))
	@BUILD='$(BUILD)' PATIENCE='$(PATIENCE)' CAMERA_S='$(CAMERA_S)' CAMERA_LOSS='$(CAMERA_LOSS)' \
	    ASAN_OPTIONS=$${ASAN_OPTIONS:-detect_leaks=1:handle_segv=0} UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
	    LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 \
	    prove --timer --jobs $(JOBS) --rules 'seq=tests/{camera/*,lan/*,e2e/43*,e2e/45*,e2e/46*}' --rules 'seq=**' \
	        --exec tests/run-one $1
endef

.PHONY: test test-all unit e2e lan build-all check-map check-deps-test
test: deps-test ## every test, after installing what they need (T=wire picks)
	@$(MAKE) --no-print-directory test-all
check-deps-test:
	@pkg-config --exists $(PKG_TEST) || \
	    { echo 'first: make deps-test, which installs what the tests need' >&2; exit 1; }
$(unit_tests): | check-deps-test
build-all: all $(unit_tests) replay $(BUILD)/lan/listen
test-all: build-all check-map
	$(call prove,$(unit_tests) $(if $(call pick,replay),tests/fuzz/replay.t) $(e2e_tests) $(camera_tests) $(lan_tests))
unit: build-all ## the unit tests
	$(call prove,$(unit_tests))
e2e: build-all ## the end-to-end tests
	$(call prove,$(e2e_tests))
lan: build-all ## the tests on separate hosts, in network namespaces (as root)
	$(call prove,$(lan_tests))

$(BUILD)/lan/listen: $(BUILD)/obj/tests/lan/listen.o $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libs_common)
-include $(BUILD)/obj/tests/lan/listen.d

.PHONY: test-camera camera
test-camera: deps-test ## real camera drivers in a small VM, 60 s each stream (as root)
	@$(MAKE) --no-print-directory CAMERA_S=60 CAMERA_LOSS=0 PATIENCE=4 camera
camera: build-all
	$(call prove,$(camera_tests))

asan: deps-test ## all of test under the address and undefined behaviour sanitizers
	@SDL_RENDER_DRIVER=software $(MAKE) --no-print-directory SAN=address,undefined PATIENCE=4 test-all

.PHONY: asan tsan valgrind
tsan: deps-test ## slot and meter under the thread sanitizer
	@$(MAKE) --no-print-directory SAN=thread build-tsan
	@for t in slot meter; do build-thread/unit/test_$$t || exit 1; done
.PHONY: build-tsan
build-tsan: $(BUILD)/unit/test_slot $(BUILD)/unit/test_meter

valgrind: deps-test ## the unit tests under valgrind
	$(call install,valgrind)
	@$(MAKE) --no-print-directory build-all
	@for t in $(unit_tests); do \
	    valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9 $$t >/dev/null 2>valgrind.log || \
	        { cat valgrind.log; rm -f valgrind.log; echo "valgrind: $$t"; exit 1; }; done; rm -f valgrind.log
	@echo "valgrind: $(words $(unit_tests)) programs clean"

# ---- fuzzing ------------------------------------------------------------------------

fuzzers = $(patsubst tests/fuzz/%.c,%,$(fuzz_sources))
replays = $(patsubst %,$(BUILD)/fuzz/replay_%,$(fuzzers))
libs_fuzz = $(BUILD)/libpublisher.a $(BUILD)/libsubscriber.a $(BUILD)/libbroker.a $(BUILD)/libcommon.a

.PHONY: replay fuzz
replay: $(replays)
$(BUILD)/fuzz/replay_%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay_main.o $(libs_fuzz)
	@mkdir -p $(@D)
	$(call say,LD)
	$(q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libs_publisher) $(libs_subscriber) $(libs_broker) $(libs_chat) $(libs_common)

# libFuzzer needs everything compiled for it: one compiler call, in a folder of its own.
fuzz: deps-lint ## fuzz every decoder for FUZZ_S seconds each
	@mkdir -p build-fuzz
	@for f in $(fuzzers); do \
	    clang $(CPPFLAGS) $$(pkg-config --cflags $(PKG_ALL)) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined \
	        -o build-fuzz/$$f tests/fuzz/$$f.c $(filter-out %main.c,$(wildcard common/*.c)) \
	        publisher/camera_jpeg.c \
	        $(libs_common) || exit 1; \
	    mkdir -p build-fuzz/corpus/$$f; \
	    echo "$$f: $(FUZZ_S) s"; \
	    ASAN_OPTIONS=detect_leaks=1 build-fuzz/$$f -max_total_time=$(FUZZ_S) -rss_limit_mb=4096 \
	        -artifact_prefix=build-fuzz/ build-fuzz/corpus/$$f tests/fuzz/corpus/$$f >build-fuzz/$$f.log 2>&1 || \
	        { tail -n 40 build-fuzz/$$f.log; exit 1; }; done

# ---- figures ------------------------------------------------------------------------

bench_sources = $(wildcard tests/bench/*.c)
bench_programs = $(addprefix $(BUILD)/bench/,chat_load chat_floor camera_pass video_send \
    video_swarm video_take relay_age relay_floor irc_load screen_age film_floor)
$(BUILD)/bench/chat_load $(BUILD)/bench/video_swarm: $(BUILD)/obj/tests/bench/swarm.o
$(BUILD)/bench/camera_pass $(BUILD)/bench/video_send: $(BUILD)/libpublisher.a $(BUILD)/libcommon.a
$(BUILD)/bench/video_take: $(BUILD)/libcommon.a
$(BUILD)/bench/video_send $(BUILD)/bench/screen_age: $(BUILD)/obj/tests/bench/stamp.o $(BUILD)/libcommon.a
$(BUILD)/bench/screen_age: libs = $(shell pkg-config --libs x11 xext xdamage)
$(bench_programs): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(libs_publisher) $(libs_broker) $(libs_common) $(libs)
$(BUILD)/bench/count_allocations.so: tests/bench/count_allocations.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<
-include $(patsubst %.c,$(BUILD)/obj/%.d,$(bench_sources))

.PHONY: bench bench-plot soak build-bench deps-bench
deps-bench:
	$(call install,$(DEBIAN_BUILD) $(DEBIAN_TEST) $(DEBIAN_CAMERA) $(DEBIAN_BENCH))
bench: deps-bench ## figures, each beside its floor and its target (T=chat picks)
	@$(MAKE) --no-print-directory build-bench
	@BUILD='$(BUILD)' tests/bench/run $(T)
bench-plot: deps-bench ## how CPU time grows with size and viewers, as docs/bench-*.svg
	@$(MAKE) --no-print-directory build-bench
	@BUILD='$(BUILD)' tests/bench/plot
soak: deps-bench ## a room for SOAK_S seconds: does memory grow, do pictures age
	@$(MAKE) --no-print-directory build-bench
	@BUILD='$(BUILD)' tests/bench/soak $(SOAK_S)
build-bench: all $(bench_programs) $(BUILD)/bench/count_allocations.so

# ---- lint ---------------------------------------------------------------------------

c_files = $(sources) $(headers) $(wildcard tests/*/*.c)
FILE_LINES_MAX = 500

.PHONY: lint tidy cppcheck check-headers check-size check-shell check-python format format-check
lint: deps-lint ## warnings as errors, clang-tidy, cppcheck, and the rules of the house
	@$(MAKE) --no-print-directory WERROR=-Werror BUILD=build-werror build-all
	@$(MAKE) --no-print-directory -j2 -O format-check check-headers check-map check-size check-shell check-python cppcheck tidy
	@echo "lint: clean"

tidy:
	@mkdir -p build
	@printf '%s\n' $(sources) | xargs -P 2 -n 1 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- \
	    $(CPPFLAGS) $(pkg_cflags) -std=c11 >build/tidy.$$$$ 2>/dev/null || { cat build/tidy.$$$$; exit 1; }; rm -f build/tidy.$$$$' sh

cppcheck:
	@cppcheck -q --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --std=c11 --suppress=missingIncludeSystem -I. $(FOLDERS)

check-headers: # each header can be included alone
	@for h in $(headers); do \
	    $(CC) $(CPPFLAGS) $(pkg_cflags) -std=c11 $(WARNINGS) -Werror -fsyntax-only -x c $$h || exit 1; done

check-map: # each class of common/ has its unit test
	@for c in $(patsubst common/%.c,%,$(wildcard common/*.c)); do \
	    [ -f tests/unit/test_$$c.c ] || { echo "common/$$c.c has no tests/unit/test_$$c.c"; exit 1; }; done

check-size:
	@for f in $(c_files); do n=$$(wc -l < $$f); \
	    [ $$n -le $(FILE_LINES_MAX) ] || { echo "$$f has $$n lines, $(FILE_LINES_MAX) are the limit"; exit 1; }; done

check-shell:
	@shellcheck -x tests/run-one tests/demo .ci/run tests/e2e/lib.bash tests/lan/lan.bash \
	    tests/camera/kernel tests/camera/vm tests/camera/run tests/camera/lib.bash tests/camera/usb.bash

check-python: # with Debian's Python, whatever else is called python3
	@/usr/bin/python3 -m pyflakes $$(grep -rlE '^#!/usr/bin/python3' tests) tests/bench/*.py

format: ## rewrite the sources in the house's format
	@clang-format -i $(c_files)
format-check:
	@clang-format --dry-run -Werror $(c_files)

# ---- coverage -----------------------------------------------------------------------

.PHONY: coverage
coverage: deps-test ## lines covered by the tests, file by file, and functions never called
	@$(MAKE) --no-print-directory BUILD=build-coverage OPTIMIZE='-O0 -g --coverage' LDFLAGS='-Wl,--as-needed --coverage' test-all
	@cd build-coverage && for d in $(FOLDERS); do \
	    gcov -n -f obj/$$d/*.gcda 2>/dev/null; done | awk -v root='$(CURDIR)/' ' \
	    /^Function/ { name = $$2 } \
	    /^File/ { file = $$2; name = ""; gsub ("\x27", "", file) } \
	    /^Lines executed/ { split ($$2, part, ":"); \
	        if (name != "" && part[2] == "0.00%") never = never "\n  " name; \
	        else if (file ~ /^(common|publisher|subscriber|broker)\//) printf "%8s  %s\n", part[2], file; file = "" } \
	    END { print "never called:" never }'

# ---- install ------------------------------------------------------------------------

.PHONY: install uninstall
install: all ## install to DESTDIR and PREFIX (/usr/local)
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(programs) '$(DESTDIR)$(PREFIX)/bin'
uninstall: ## remove what install put there
	rm -f $(addprefix '$(DESTDIR)$(PREFIX)/bin'/,$(PROGRAMS))

.PHONY: clean help
clean: ## remove everything that was built
	rm -rf build build-*

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
