using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>What is odd about a message of DNS, as <c>app-layer-event</c> names it.</summary>
[Flags]
internal enum DnsEvent : uint
{
    None = 0,
    MalformedData = 1 << 0,
    NotARequest = 1 << 1,
    NotAResponse = 1 << 2,
    ZFlagSet = 1 << 3,
    InvalidOpcode = 1 << 4,
    NameTooLong = 1 << 5,
    InfiniteLoop = 1 << 6,
    TooManyLabels = 1 << 7,
}

/// <summary>Looks for them.</summary>
internal static class DnsEvents
{
    // The highest that is assigned (RFC 8490).
    private const int LastOpcode = 6;
    private const int ResponseBit = 0x80;
    private const int ReservedBit = 0x40;

    // Names that are looked at: more records than any sender has a use for are not.
    private const int MaxNames = 256;
    private const int RecordFixed = 10;

    public static bool TryParse(string name, out DnsEvent found)
    {
        found = name switch
        {
            "malformed_data" => DnsEvent.MalformedData,
            "not_a_request" or "not_request" => DnsEvent.NotARequest,
            "not_a_response" or "not_response" => DnsEvent.NotAResponse,
            "z_flag_set" => DnsEvent.ZFlagSet,
            "invalid_opcode" => DnsEvent.InvalidOpcode,
            "name_too_long" => DnsEvent.NameTooLong,
            "infinite_loop" => DnsEvent.InfiniteLoop,
            "too_many_labels" => DnsEvent.TooManyLabels,
            _ => DnsEvent.None,
        };
        return found != DnsEvent.None;
    }

    /// <summary>Finds what is odd about a message of <see cref="DnsMessage.HeaderLength"/> bytes or more.</summary>
    public static DnsEvent Of(ReadOnlySpan<byte> message, bool toServer)
    {
        bool isResponse = (message[2] & ResponseBit) != 0;
        DnsEvent found = isResponse == toServer ? (toServer ? DnsEvent.NotARequest : DnsEvent.NotAResponse) : DnsEvent.None;
        found |= (message[3] & ReservedBit) != 0 ? DnsEvent.ZFlagSet : DnsEvent.None;
        found |= (message[2] >> 3 & 0xF) > LastOpcode ? DnsEvent.InvalidOpcode : DnsEvent.None;
        return found | OfNames(message);
    }

    private static DnsEvent OfNames(ReadOnlySpan<byte> message)
    {
        DnsEvent found = DnsEvent.None;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int all = questions + BinaryPrimitives.ReadUInt16BigEndian(message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(message[8..]) + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        int at = DnsMessage.HeaderLength;
        for (int i = 0; i < Math.Min(all, MaxNames); i++)
        {
            found |= DnsMessage.Judge(message, at);
            int behind = DnsMessage.SkipName(message, at);
            bool isQuestion = i < questions;
            int end = behind + (isQuestion ? 4 : RecordFixed);
            if (behind < 0 || end > message.Length)
            {
                return found | DnsEvent.MalformedData;
            }

            at = isQuestion ? end : end + BinaryPrimitives.ReadUInt16BigEndian(message[(end - 2)..]);
            if (at > message.Length)
            {
                return found | DnsEvent.MalformedData;
            }
        }

        return found;
    }
}
