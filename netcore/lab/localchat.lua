-- LocalChat/1 in Wireshark and tshark: every frame by its name, every field of its body (PROTOCOL.md §2, §3.1, §5, §14.2).
--
--     wireshark -X lua_script:localchat.lua FILE
--
-- Needs no key, and shows what anybody on the way sees: types, lengths, the fields of the handshake, and which
-- bytes are sealed. Connections to port 5050 are taken for LocalChat, and those to another port if the capture
-- has their first bytes and Wireshark does not know that port as something else's (5061 is SIP's, 6000 is X11's).
-- Else: Analyze > Decode As > LocalChat, or "-d tcp.port==5061,localchat".
--
-- Where a frame begins can only be said by who has counted from the first byte on. If that is not in the
-- capture, this is what is done, in this order:
--   - a comment of the packet says it: LocalChat writes one into the captures that it makes;
--   - the packet begins with a frame, or frames that follow on each other end exactly where it ends: most
--     packets hold whole frames;
--   - else the packet is shown as "the middle of a frame", and the next one is looked at.

local PORT = 5050
local HEADER_BYTES = 4
local MAX_RECORD_BYTES = 65552
local MAX_BODY_BYTES = 262248

local localchat = Proto("localchat", "LocalChat/1")

local NAMES = {
    [0x01] = "ClientHello",
    [0x02] = "ServerHello",
    [0x03] = "ClientKeyExchange",
    [0x04] = "ServerFinished",
    [0x15] = "Alert",
    [0x17] = "Direct",
    [0x18] = "FileChunk",
    [0x19] = "Close",
    [0x1A] = "Room",
    [0x1B] = "RoomKey",
}

-- The least and the most bytes of a body.
local LENGTHS = {
    [0x01] = { 80, 80 },
    [0x02] = { 1104, 1104 },
    [0x03] = { 288, 288 },
    [0x04] = { 32, 32 },
    [0x15] = { 1, 1 },
    [0x17] = { 17, MAX_RECORD_BYTES },
    [0x18] = { 56, MAX_BODY_BYTES },
    [0x19] = { 17, 272 },
    [0x1A] = { 45, MAX_RECORD_BYTES },
    [0x1B] = { 52, 52 },
}

-- The fields of a body in their order, with their bytes; REST is what the others leave.
local REST = 0
local SEALED = { { "ciphertext", REST }, { "tag", 16 } }
local BODIES = {
    [0x01] = { { "magic", 16 }, { "client_random", 32 }, { "client_x25519", 32 } },
    [0x02] = {
        { "magic", 16 }, { "server_random", 32 }, { "server_x25519", 32 },
        { "identity_n", 384 }, { "kex_n", 256 }, { "signature", 384 },
    },
    [0x03] = { { "oaep_ct", 256 }, { "client_fin", 32 } },
    [0x04] = { { "server_fin", 32 } },
    [0x15] = { { "code", 1 } },
    [0x17] = SEALED,
    [0x18] = { { "head", 24 }, { "tag", 16 }, { "data", REST } },
    [0x19] = SEALED,
    [0x1A] = { { "epoch", 4 }, { "index", 8 }, { "ciphertext", REST }, { "tag", 16 }, { "stamp", 16 } },
    [0x1B] = { { "epoch", 4 }, { "wrapped", 32 }, { "stamp", 16 } },
}
local MAGIC = "LocalChat/1 sec\n"

-- The headers that a connection begins with, of the client and of the server.
local HELLOS = { string.char(0x01, 0, 0, 80), string.char(0x02, 0, 4, 80) }

local fields = {
    type = ProtoField.uint8("localchat.type", "Type", base.HEX, NAMES),
    length = ProtoField.uint24("localchat.length", "Length", base.DEC, nil, nil, "Bytes of the body"),
    n = ProtoField.uint64("localchat.n", "Number", base.DEC, nil, nil,
        "Counts the frames of its direction from 0. It is counted here and not sent"),
    seq = ProtoField.uint64("localchat.seq", "seq", base.DEC, nil, nil,
        "Counts the frames of its direction since there are keys. It is in the nonce or the stamp, and not sent"),
    magic = ProtoField.string("localchat.magic", "magic"),
    code = ProtoField.uint8("localchat.code", "code"),
    epoch = ProtoField.uint32("localchat.epoch", "epoch"),
    index = ProtoField.uint64("localchat.index", "index"),
    middle = ProtoField.bytes("localchat.middle", "The middle of a frame", base.NONE,
        "Where it begins is not in this capture"),
}
for _, body in pairs(BODIES) do
    for _, field in ipairs(body) do
        local name = field[1]
        if fields[name] == nil then
            fields[name] = ProtoField.bytes("localchat." .. name, name)
        end
    end
end
localchat.fields = fields

local experts = {
    lost = ProtoExpert.new("localchat.lost", "No frame of LocalChat/1 begins here", expert.group.PROTOCOL,
        expert.severity.WARN),
    magic = ProtoExpert.new("localchat.other_magic", "Another version", expert.group.PROTOCOL, expert.severity.WARN),
}
localchat.experts = experts

local tcp_stream = Field.new("tcp.stream")
local frame_comment = Field.new("frame.comment")

-- What is remembered of a capture. Packets are looked at in order once, and then again in any order: what was
-- found the first time is kept by place, see `place_of`.
local directions -- whether it is known where frames begin, and how many there were, by stream and sender
local begins_at -- the byte at which the first frame begins
local numbers -- of frames

function localchat.init()
    directions, begins_at, numbers = {}, {}, {}
end

local function direction_of(pinfo)
    local stream = tcp_stream()
    local key = (stream and stream.value or 0) .. " " .. tostring(pinfo.src) .. " " .. pinfo.src_port
    directions[key] = directions[key] or { known = false, n = nil }
    return directions[key]
end

-- A name for these bytes: a packet may bring the end of one frame, put together with what came before, and
-- then others.
local function place_of(tvb, pinfo)
    return pinfo.number .. " " .. tvb:len() .. " " .. tvb:offset()
end

local function is_legal(frame_type, body_bytes)
    local legal = LENGTHS[frame_type]
    return legal ~= nil and legal[1] <= body_bytes and body_bytes <= legal[2]
end

-- Where the frames end that follow on each other from byte `at` (from 0) of `data`; nil if one of them is none.
local function end_of_frames(data, at)
    while #data - at >= HEADER_BYTES do
        local frame_type, high, middle, low = data:byte(at + 1, at + HEADER_BYTES)
        local body_bytes = high * 65536 + middle * 256 + low
        if not is_legal(frame_type, body_bytes) then
            return nil
        end
        at = at + HEADER_BYTES + body_bytes
    end
    return at
end

-- The byte (from 0) at which the first frame begins that begins in these; nil if that cannot be said.
local function look_for_frame(tvb)
    local data = tvb:raw(0, tvb:len())
    for _, hello in ipairs(HELLOS) do
        if hello:sub(1, #data) == data then
            return 0 -- a connection's first bytes, and fewer than a header has
        end
    end
    if #data >= HEADER_BYTES and end_of_frames(data, 0) then
        return 0
    end
    for at = 1, #data - HEADER_BYTES do
        if end_of_frames(data, at) == #data then
            return at
        end
    end
    return nil
end

-- What a comment of this packet says: a byte, or false for "none", or nil for nothing.
local function told()
    for _, comment in ipairs({ frame_comment() }) do
        local at = tostring(comment.value):match("next frame begins at byte (%d+) of this data")
        if at then
            return tonumber(at)
        end
        if tostring(comment.value):match("no frame begins in this data") then
            return false
        end
    end
    return nil
end

-- The byte at which the first frame begins; all of them belong to one that began before if it is `tvb:len()`.
local function first_frame(tvb, pinfo)
    local place = place_of(tvb, pinfo)
    if pinfo.visited then
        return begins_at[place] or 0
    end
    local direction = direction_of(pinfo)
    local at = told()
    if at == nil then
        if direction.known then
            return 0
        end
        at = look_for_frame(tvb)
    end
    direction.known = at and at <= tvb:len()
    begins_at[place] = direction.known and at or tvb:len()
    return begins_at[place]
end

-- How many frames of its direction came before this one; nil if the capture does not begin with the first.
local function number_of(tvb, pinfo, at, frame_type)
    local place = place_of(tvb, pinfo) .. " " .. at
    if not pinfo.visited then
        local direction = direction_of(pinfo)
        if frame_type == 0x01 or frame_type == 0x02 then
            direction.n = 0
        elseif direction.n then
            direction.n = direction.n + 1
        end
        numbers[place] = direction.n
    end
    return numbers[place]
end

local function show_frame(tvb, pinfo, tree, at, frame_type, body_bytes)
    local name = NAMES[frame_type]
    local frame_bytes = HEADER_BYTES + body_bytes
    local item = tree:add(localchat, tvb(at, frame_bytes), "LocalChat/1 " .. name .. ", " .. frame_bytes .. " bytes")
    item:add(fields.type, tvb(at, 1))
    item:add(fields.length, tvb(at + 1, 3))
    local n = number_of(tvb, pinfo, at, frame_type)
    if n then
        item:add(fields.n, tvb(at, 0), UInt64(n)):set_generated()
        if frame_type >= 0x17 and n >= 2 then -- two frames of each direction are the handshake's
            item:add(fields.seq, tvb(at, 0), UInt64(n - 2)):set_generated()
        end
    end
    local rest = body_bytes
    for _, field in ipairs(BODIES[frame_type]) do
        rest = rest - field[2]
    end
    local from = at + HEADER_BYTES
    for _, field in ipairs(BODIES[frame_type]) do
        local field_bytes = field[2] == REST and rest or field[2]
        local shown = item:add(fields[field[1]], tvb(from, field_bytes))
        if field[1] == "magic" and tvb(from, field_bytes):string() ~= MAGIC then
            shown:add_proto_expert_info(experts.magic)
        end
        from = from + field_bytes
    end
    return name .. " " .. frame_bytes
end

function localchat.dissector(tvb, pinfo, tree)
    pinfo.cols.protocol = "LocalChat"
    local seen = {}
    local all = tvb:len()
    local at = first_frame(tvb, pinfo)
    if at > 0 then
        tree:add(localchat, tvb(0, at), "LocalChat/1, the middle of a frame"):add(fields.middle, tvb(0, at))
        table.insert(seen, "the middle of a frame")
    end
    while at < all do
        local body_bytes = 0
        if all - at >= HEADER_BYTES then
            local frame_type = tvb(at, 1):uint()
            body_bytes = tvb(at + 1, 3):uint()
            if not is_legal(frame_type, body_bytes) then
                local item = tree:add(localchat, tvb(at), "LocalChat/1, not understood")
                item:add(fields.middle, tvb(at))
                item:add_proto_expert_info(experts.lost)
                table.insert(seen, "not understood")
                if not pinfo.visited then
                    local direction = direction_of(pinfo)
                    direction.known, direction.n = false, nil
                end
                break
            end
            if all - at >= HEADER_BYTES + body_bytes then
                table.insert(seen, show_frame(tvb, pinfo, tree, at, frame_type, body_bytes))
                at = at + HEADER_BYTES + body_bytes
                body_bytes = nil
            end
        end
        if body_bytes then -- it goes on in the next packet
            pinfo.desegment_offset = at
            if all - at < HEADER_BYTES then
                pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
            else
                pinfo.desegment_len = HEADER_BYTES + body_bytes - (all - at)
            end
            break
        end
    end
    if #seen > 0 then
        pinfo.cols.info:set(table.concat(seen, ", ") .. " ")
        pinfo.cols.info:fence() -- what else this packet brings stands behind it
    end
    return all
end

DissectorTable.get("tcp.port"):add(PORT, localchat)

-- On another port: whoever begins like a client is one.
localchat:register_heuristic("tcp", function(tvb, pinfo, tree)
    local hello = HELLOS[1] .. MAGIC
    if tvb:len() < #hello or tvb:raw(0, #hello) ~= hello then
        return false
    end
    pinfo.conversation = localchat
    localchat.dissector(tvb, pinfo, tree)
    return true
end)
