-- SPDX-License-Identifier: ISC
-- front.lua - the front of a counter, which is all that is usually looked at.
--
-- A counter (charge.c) is a text of doubles: the sum of all amounts, the
-- earliest end, the earliest lapse, until when the entry lives; then rows of
-- end, lapse and amount, those that end last in front. The earliest ones may be
-- earlier than any row: they only tell that nothing has left yet.
local NEVER = 9007199254740992
local HEAD = 32
local ROW = 24
local pack, fields = struct.pack, struct.unpack

-- The usual counter: nothing has left it, amount goes into its newest row, and
-- it lives for long enough. Returns the sum, and how the text begins then; nil
-- for any other.
local function top_up(value, now, window, width, lapse, amount)
	local sum, first, earliest, till, ending, its_lapse, row =
	    fields('<ddddddd', value)

	if ending == now - now % width + width and its_lapse == lapse and
	    first > now - window and earliest > now and
	    till >= ending + window and till <= now + window + width then
		return sum, pack('<ddddddd', sum + amount, first, earliest,
		    till, ending, lapse, row + amount)
	end
end
