-- SPDX-License-Identifier: ISC
-- greylist.lua - has this client come back? (greylist.c)
--
-- KEYS: the triplet, the client. ARGV: now, delay, window, lifetime, passes
-- after so many deliveries (0: never). Returns the state, when a try will pass,
-- the time of the first one.
-- A triplet is a text of doubles: first try, when it passed, when it last came
-- (0: not yet, both). A client: how often it delivered, when it last did.

local now, delay = tonumber(ARGV[1]), tonumber(ARGV[2])
local window, lifetime = tonumber(ARGV[3]), tonumber(ARGV[4])
local enough = tonumber(ARGV[5])
local values = redis.call('MGET', KEYS[1], KEYS[2])
local first, passed, last = 0, 0, 0
local count, came = 0, 0

-- A clock that was ahead makes nobody wait longer.
if values[1] then
	first, passed, last = struct.unpack('<ddd', values[1])
	first = math.min(first, now)
	passed, last = math.min(passed, now), math.min(last, now)
end
if values[2] then
	count, came = struct.unpack('<dd', values[2])
	came = math.min(came, now)
end

local function keep_triplet(lives)
	redis.call('SET', KEYS[1], struct.pack('<ddd', first, passed, last),
	    'PX', lives)
end

local function keep_client(more)
	if enough > 0 then
		redis.call('SET', KEYS[2],
		    struct.pack('<dd', count + more, now), 'PX', lifetime)
	end
end

if came == 0 or now - came >= lifetime then
	count = 0
end
if first == 0 or now - (passed > 0 and last or first) >=
    (passed > 0 and lifetime or window) then
	first, passed, last = 0, 0, 0
end

if enough > 0 and count >= enough and not (passed > 0 and last == now) then
	keep_client(0)
	return { 'client', 0, first }
elseif passed > 0 then
	-- Asked again at the same moment, it is the same delivery.
	if last ~= now then
		last = now
		keep_client(1)
	end
	keep_triplet(lifetime)
	return { passed == now and 'passed' or 'known', 0, first }
elseif first == 0 or first == now then
	first = now
	keep_triplet(window)
	return { 'new', first + delay, first }
elseif now - first < delay then
	return { 'early', first + delay, first }
end
passed, last = now, now
keep_triplet(lifetime)
keep_client(1)
return { 'passed', 0, first }
