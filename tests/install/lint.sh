#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh PACKAGE.deb [TAG]: lintian finds nothing in it but what contrib/debian/lintian-overrides gives a reason for. (Reasons that
# are not needed are those for the default of VUICC_MAINTAINER.) TAG is fine, too.
exec lintian --allow-root --display-info --pedantic --tag-display-limit 0 --suppress-tags "unused-override${2:+,$2}" \
	--fail-on error,warning,info,pedantic "$1"
