-- SPDX-License-Identifier: ISC
-- 0002_changes.sql - when objects of each kind were changed last.
--
-- Who keeps all objects of a kind reads them again when its number has moved,
-- and not when users have changed.

CREATE TABLE changes (
	kind {text} PRIMARY KEY,
	number {int} NOT NULL
) {strict};
