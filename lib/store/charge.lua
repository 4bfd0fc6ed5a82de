-- SPDX-License-Identifier: ISC
-- charge.lua - charge some counters, all or none, or only look (charge.c).
--
-- KEYS: the counters, and, unless the verb is usage, the name of the charge.
-- ARGV: charge, force or usage; then one text of doubles: now; when it lapses
-- (NEVER: for good); until when the name is remembered; of each counter its
-- window, width of a slice, limit (NEVER: none), amount; then for how long the
-- name is remembered. Returns charged, refused or repeat, and of each counter
-- what is used and when the amount fits (0: now).
--
-- Texts are handed on as such where they can be: redis.call prints numbers as
-- doubles, which takes as long as a small command.
-- with front.lua

local verb, numbers = ARGV[1], ARGV[2]
local now, lapse, remember = fields('<ddd', numbers)
local count = (#numbers - 24) / 32
local values = redis.call('MGET', unpack(KEYS))
local old = values[count + 1]

-- A name that is new, no reservation, usual counters, room in all: nothing but
-- this is done then, and the functions below are not even made.
if verb == 'charge' and not old and lapse == NEVER then
	local fronts, reply = {}, { 'charged' }

	for i = 1, count do
		local window, width, limit, amount = fields('<dddd', numbers,
		    32 * i - 7)
		local sum, front

		if values[i] then
			sum, front = top_up(values[i], now, window, width,
			    lapse, amount)
		end
		if not sum or sum + amount > limit then
			fronts = nil
			break
		end
		fronts[i] = front
		reply[2 * i], reply[2 * i + 1] = sum + amount, 0
	end
	if fronts then
		for i = 1, count do
			redis.call('SETRANGE', KEYS[i], '0', fronts[i])
		end
		redis.call('PSETEX', KEYS[count + 1], ARGV[3],
		    pack('<Bdd', 0, remember, lapse))
		return reply
	end
end
-- with counter.lua

local old_fits

-- What was released, or lapsed, or is long past, may be charged anew.
if old then
	local is_released, old_remember, old_lapse = fields('<Bdd', old)

	if is_released == 0 and old_remember > now and old_lapse > now then
		old_fits = record_parts(old)
	end
end

-- What is forced may have happened long before what is there.
local newest = verb == 'force' and NEVER
local texts, fronts, reply, is_over = {}, {}, { '' }, false
for i = 1, count do
	local window, width, limit, amount = fields('<dddd', numbers,
	    32 * i - 7)
	local value, fits, used = values[i], 0, nil

	if value then
		used, fronts[i] = top_up(value, now, window, width, lapse,
		    amount)
	end
	if not used then
		used, value = look(value, now, window, newest or now + width)
	end
	if old_fits then
		fits = old_fits[i] or 0
	elseif used + amount > limit and amount > 0 and limit < NEVER then
		is_over = true
		fits = amount > limit and -1 or
		    left_at(value, used + amount - limit, window)
	end
	texts[i] = value
	reply[2 * i], reply[2 * i + 1] = used < NEVER and used or NEVER, fits
end

local is_refused = is_over and verb ~= 'force'
reply[1] = old_fits and 'repeat' or is_refused and 'refused' or 'charged'
if verb == 'usage' or old_fits then
	return reply
end

if is_refused then
	-- A clock that was ahead must not block for longer than a window;
	-- and a window that was made longer keeps what is there.
	for i = 1, count do
		local window, width = fields('<dd', numbers, 32 * i - 7)
		local value = texts[i]

		if value and not lives(value, now, window, width) then
			redis.call('PSETEX', KEYS[i], window + width,
			    add(value, 0, 0, 0, now + window + width))
		end
	end
	return reply
end

local fits, rows = is_over and {}, lapse < NEVER and {}
for i = 1, count do
	local window, width, _, amount = fields('<dddd', numbers, 32 * i - 7)
	local ending = now - now % width + width

	if fronts[i] then
		redis.call('SETRANGE', KEYS[i], '0', fronts[i])
	elseif texts[i] or amount > 0 then
		redis.call('PSETEX', KEYS[i], window + width, add(texts[i],
		    ending, lapse, amount, now + window + width))
	end
	if fits then
		fits[i] = reply[2 * i + 1]
	end
	if rows then
		rows[i] = { KEYS[i], ending, ending + window, amount }
	end
	local used = reply[2 * i] + amount
	reply[2 * i] = used < NEVER and used or NEVER
end
redis.call('PSETEX', KEYS[count + 1], ARGV[3],
    record_text(0, remember, lapse, fits, rows))
return reply
