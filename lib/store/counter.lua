-- SPDX-License-Identifier: ISC
-- counter.lua - the rows of a counter, for charge.lua and settle.lua.
--
-- A counter (charge.c) is a text of doubles: the sum of all amounts, the
-- earliest end, the earliest lapse; then rows of end, lapse and amount, those
-- that end last in front. The earliest ones may be earlier than any row: they
-- only tell that nothing has left yet.
local NEVER = 9007199254740992
local HEAD = 24
local ROW = 24
local pack, fields = struct.pack, struct.unpack

-- With what no longer counts left out, and ends later than newest, which a clock
-- that was ahead has left behind, taken back to it. Returns the sum, the text
-- (nil: no row is left), and whether an end was changed.
local function tidy(value, now, window, newest)
	local rows, sum, first, earliest = {}, 0, NEVER, NEVER
	local moved = false

	for at = HEAD + 1, #value, ROW do
		local ending, lapse, amount = fields('<ddd', value, at)

		if ending > newest then
			ending, moved = newest, true
		end
		if ending > now - window and lapse > now then
			rows[#rows + 1] = pack('<ddd', ending, lapse, amount)
			sum, first = sum + amount, ending
			earliest = math.min(earliest, lapse)
		end
	end
	if #rows == 0 then
		return 0, nil, moved
	end
	return sum, pack('<ddd', sum, first, earliest) .. table.concat(rows),
	    moved
end

-- The same when nothing but the oldest rows can have left: most often one.
local function cut(value, now, window)
	local sum, _, earliest = fields('<ddd', value)

	for at = #value - ROW + 1, HEAD + 1, -ROW do
		local ending, _, amount = fields('<ddd', value, at)

		if ending > now - window then
			return sum, pack('<ddd', sum, ending, earliest) ..
			    value:sub(HEAD + 1, at + ROW - 1), false
		end
		sum = sum - amount
	end
	return 0, nil, false
end

-- What is used now, with as little work as can be.
local function look(value, now, window, newest)
	if not value then
		return 0, nil, false
	end
	local sum, first, lapse, last = fields('<dddd', value)

	if lapse <= now or last > newest then
		return tidy(value, now, window, newest)
	elseif first > now - window then
		return sum, value, false
	end
	return cut(value, now, window)
end

-- When so much has left the window. Reserved amounts most often stay, so they
-- are not expected to lapse before.
local function left_at(value, amount, window)
	local ending, _, one

	for at = #value - ROW + 1, HEAD + 1, -ROW do
		ending, _, one = fields('<ddd', value, at)
		amount = amount - one
		if amount <= 0 then
			break
		end
	end
	return ending + window
end

-- Where the row is or would stand, and its amount (nil: it is not there).
local function find(value, ending, lapse)
	for at = HEAD + 1, #value, ROW do
		local row_end, row_lapse, amount = fields('<ddd', value, at)

		if row_end < ending then
			return at, nil
		elseif row_end == ending and row_lapse == lapse then
			return at, amount
		end
	end
	return #value + 1, nil
end

-- The text with amount in the row of this end and lapse.
local function add(value, ending, lapse, amount)
	if amount == 0 then
		return value
	elseif not value then
		return pack('<dddddd', amount, ending, lapse,
		    ending, lapse, amount)
	end
	local sum, first, earliest = fields('<ddd', value)
	local at, old = find(value, ending, lapse)

	return pack('<ddd', sum + amount, math.min(first, ending),
	    math.min(earliest, lapse)) .. value:sub(HEAD + 1, at - 1) ..
	    pack('<ddd', ending, lapse, amount + (old or 0)) ..
	    value:sub(old and at + ROW or at)
end

-- The text without it; nil when nothing is left. A row that is gone (it
-- lapsed, the counter was reset) takes nothing from the others.
local function take(value, ending, lapse, amount)
	local at, old = find(value, ending, lapse)
	local sum, first, earliest = fields('<ddd', value)
	local row = ''

	if not old then
		return value
	elseif old > amount then
		row = pack('<ddd', ending, lapse, old - amount)
	elseif #value == HEAD + ROW then
		return nil
	end
	return pack('<ddd', sum - math.min(old, amount), first, earliest) ..
	    value:sub(HEAD + 1, at - 1) .. row .. value:sub(at + ROW)
end
