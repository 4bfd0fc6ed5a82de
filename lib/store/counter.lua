-- SPDX-License-Identifier: ISC
-- counter.lua - the rows of a counter (front.lua), for charge.lua and
-- settle.lua.

-- With what no longer counts left out, and ends later than newest, which a clock
-- that was ahead has left behind, taken back to it. Returns the sum and the text
-- (nil: no row is left).
local function tidy(value, now, window, newest)
	local rows, sum, first, earliest = {}, 0, NEVER, NEVER

	for at = HEAD + 1, #value, ROW do
		local ending, lapse, amount = fields('<ddd', value, at)

		ending = math.min(ending, newest)
		if ending > now - window and lapse > now then
			rows[#rows + 1] = pack('<ddd', ending, lapse, amount)
			sum, first = sum + amount, ending
			earliest = math.min(earliest, lapse)
		end
	end
	if #rows == 0 then
		return 0, nil
	end
	return sum, pack('<dddd', sum, first, earliest, 0) ..
	    table.concat(rows)
end

-- The same when nothing but the oldest rows can have left: most often one.
local function cut(value, now, window)
	local sum, _, earliest, till = fields('<dddd', value)

	for at = #value - ROW + 1, HEAD + 1, -ROW do
		local ending, _, amount = fields('<ddd', value, at)

		if ending > now - window then
			return sum, pack('<dddd', sum, ending, earliest,
			    till) .. value:sub(HEAD + 1, at + ROW - 1)
		end
		sum = sum - amount
	end
	return 0, nil
end

-- What is used now, with as little work as can be: most often all that is
-- there. The text is another one if something has left.
local function look(value, now, window, newest)
	if not value then
		return 0, nil
	end
	local sum, first, lapse, _, last = fields('<ddddd', value)

	if lapse <= now or last > newest then
		return tidy(value, now, window, newest)
	elseif first > now - window then
		return sum, value
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

-- The text with amount in the row of this end and lapse, which lives until then
-- (nil: for as long as it does now).
local function add(value, ending, lapse, amount, till)
	if not value then
		return amount ~= 0 and pack('<ddddddd', amount, ending, lapse,
		    till, ending, lapse, amount) or nil
	end
	local sum, first, earliest, lives = fields('<dddd', value)
	local at, old = find(value, ending, lapse)

	till = till or lives
	if amount == 0 then
		return pack('<dddd', sum, first, earliest, till) ..
		    value:sub(HEAD + 1)
	end
	return pack('<dddd', sum + amount, math.min(first, ending),
	    math.min(earliest, lapse), till) .. value:sub(HEAD + 1, at - 1) ..
	    pack('<ddd', ending, lapse, amount + (old or 0)) ..
	    value:sub(old and at + ROW or at)
end

-- Does the entry live until its newest row has left the window? (A life longer
-- than any was promised by a clock that was ahead.)
local function lives(value, now, window, width)
	local till, ending = fields('<dd', value, HEAD - 7)

	return till >= ending + window and till <= now + window + width
end

-- The text without it; nil when nothing is left. A row that is gone (it
-- lapsed, the counter was reset) takes nothing from the others.
local function take(value, ending, lapse, amount)
	local at, old = find(value, ending, lapse)
	local sum, first, earliest, till = fields('<dddd', value)
	local row = ''

	if not old then
		return value
	elseif old > amount then
		row = pack('<ddd', ending, lapse, old - amount)
	elseif #value == HEAD + ROW then
		return nil
	end
	return pack('<dddd', sum - math.min(old, amount), first, earliest,
	    till) .. value:sub(HEAD + 1, at - 1) .. row .. value:sub(at + ROW)
end

-- What stands under the name of a charge: 1 when it was given back, until when
-- it is remembered, when it lapses; then, only where there are any, its parts:
-- of each item when it would fit (if one was over its limit), of each item what
-- is reserved.
local RECORD = 17

local function record_text(is_released, remember, lapse, fits, rows)
	local front = pack('<Bdd', is_released, remember, lapse)

	if not fits and not rows then
		return front
	end
	return front .. cmsgpack.pack({ fits or {}, rows or {} })
end

local function record_parts(text)
	if #text == RECORD then
		return {}, {}
	end
	return unpack(cmsgpack.unpack(text:sub(RECORD + 1)))
end
