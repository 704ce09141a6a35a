-- ARGV: prefix, document (JSON). Returns 0 if its name means another one by now.
local old = cjson.decode(ARGV[2])
if redis.call('HGET', ARGV[1] .. 'i', old.id) ~= tostring(old.number) then return 0 end
remove(ARGV[1], old)
return 1
