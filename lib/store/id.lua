-- SPDX-License-Identifier: ISC
-- id.lua - one id for a message, by its instance and its queue id (id.c).
--
-- KEYS: one for each name of the message that is known, the instance first.
-- ARGV: now, how long an id is remembered, the id to take when there is none, a
-- charge to remember with it or ''. Returns the id, then the charges.
-- Under one of the keys stands "TIME ID CHARGE...", under the other ">KEY".

local now, remember = tonumber(ARGV[1]), tonumber(ARGV[2])

-- The key under which the record stands, and what follows its time.
local function load(key)
	local text = redis.call('GET', key)

	if text and text:sub(1, 1) == '>' then
		key = text:sub(2)
		text = redis.call('GET', key)
	end
	local time, rest = string.match(text or '', '^(%d+) (.*)$')

	if not time or tonumber(time) + remember <= now then
		return nil
	end
	return key, rest
end

-- The instance tells more: its id may already stand in a reply. A queue id that
-- leads to another instance is used again.
local home, record = load(KEYS[1])
if not home and KEYS[2] then
	home, record = load(KEYS[2])
	if home ~= KEYS[2] then
		home, record = nil, nil
	end
end
home, record = home or KEYS[1], record or ARGV[3]

if ARGV[4] ~= '' and
    not (record .. ' '):find(' ' .. ARGV[4] .. ' ', 1, true) then
	record = record .. ' ' .. ARGV[4]
end
redis.call('SET', home, ARGV[1] .. ' ' .. record, 'PX', remember)
for _, key in ipairs(KEYS) do
	if key ~= home then
		redis.call('SET', key, '>' .. home, 'PX', remember)
	end
end

local reply = {}
for word in record:gmatch('%S+') do
	reply[#reply + 1] = word
end
return reply
