-- SPDX-License-Identifier: ISC
-- event.lua - append lines to the stream of events, each once. (event.c)
--
-- KEYS: the stream, the series. ARGV: how many entries the stream keeps about,
-- how long the series is remembered, the number of the first line, the lines.
-- Returns the number of the series' last line in the stream.

local last = tonumber(redis.call('GET', KEYS[2]) or '') or 0
local next_number = tonumber(ARGV[3])
local before = last

for i = 4, #ARGV do
	if next_number > last then
		redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
		    'event', ARGV[i])
		last = next_number
	end
	next_number = next_number + 1
end
if last > before then
	redis.call('SET', KEYS[2], string.format('%.0f', last), 'PX', ARGV[2])
end
return { last }
