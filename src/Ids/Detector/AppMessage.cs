using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>A message of an application; good until the call that hands it in returns.</summary>
public readonly ref struct AppMessage
{
    internal AppMessage(bool isToServer, int number, long bodyBytes, bool isWhole, ReadOnlySpan<byte> dns)
    {
        IsToServer = isToServer;
        Number = number;
        BodyBytes = bodyBytes;
        IsWhole = isWhole;
        Dns = dns;
    }

    /// <summary>True if the client sent it.</summary>
    public bool IsToServer { get; }

    /// <summary>Number of the message among those of its kind in the conversation, from 0.</summary>
    public int Number { get; }

    /// <summary>Bytes of an HTTP body, chunks put together, as they were sent.</summary>
    public long BodyBytes { get; }

    /// <summary>False if the connection ended before the body did.</summary>
    public bool IsWhole { get; }

    internal ReadOnlySpan<byte> Dns { get; }

    /// <summary>Identification of a DNS message.</summary>
    public ushort DnsId => WordAt(0);

    /// <summary>Flags, operation and response code of a DNS message as they stand in its header (RFC 1035 section 4.1.1).</summary>
    public ushort DnsFlags => WordAt(2);

    /// <summary>Reads a question of a DNS message.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="name">Receives its name; what does not fit is left off.</param>
    /// <param name="length">Bytes of the name.</param>
    /// <param name="type">Type of record that is asked for.</param>
    /// <returns>False if there is no such one, or it is damaged.</returns>
    public bool TryDnsQuestion(int index, Span<byte> name, out int length, out ushort type)
    {
        (length, type) = (0, 0);
        if (!DnsMessage.TryQuestion(Dns, index, out int at, out int end))
        {
            return false;
        }

        length = DnsMessage.WriteName(Dns, at, name);
        type = BinaryPrimitives.ReadUInt16BigEndian(Dns[(end - 4)..]);
        return true;
    }

    /// <summary>Reads an answer of a DNS message.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="name">Receives its name; what does not fit is left off.</param>
    /// <param name="data">Receives what it says: bytes of an address or other data, a name as text.</param>
    /// <param name="answer">Lengths, type and time to live.</param>
    /// <returns>False if there is no such one, or it is damaged.</returns>
    public bool TryDnsAnswer(int index, Span<byte> name, Span<byte> data, out DnsAnswer answer) => DnsMessage.TryAnswer(Dns, index, name, data, out answer);

    private ushort WordAt(int at) => Dns.Length < at + sizeof(ushort) ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(Dns[at..]);
}
