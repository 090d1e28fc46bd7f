using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>Tells an application's protocol by the first bytes that one side sends.</summary>
internal static class AppProbe
{
    /// <summary>Bytes after which a guess that was not possible yet is given up.</summary>
    public const int Enough = 64;

    private const int DnsHeader = 12;
    private const ushort DnsPort = 53;

    /// <summary>Looks at the beginning of a TCP stream.</summary>
    /// <param name="data">The bytes so far.</param>
    /// <param name="toServer">True if the client sent them.</param>
    /// <param name="serverPort">Port of the server.</param>
    /// <param name="needsMore">True if more bytes may tell.</param>
    public static AppProtocol Stream(ReadOnlySpan<byte> data, bool toServer, ushort serverPort, out bool needsMore)
    {
        needsMore = data.Length < Enough;
        if (data.Length >= 3 && data[0] == 0x16 && data[1] == 3 && data[2] <= 4)
        {
            return AppProtocol.Tls;
        }

        // SSL 2 (the ClientHello that old clients begin with): two bytes of length, type 1, version.
        if (toServer && data.Length >= 5 && (data[0] & 0x80) != 0 && data[2] == 1 && data[3] is 0 or 3 && data[4] <= 3)
        {
            return AppProtocol.Tls;
        }

        if (data.StartsWith("SSH-"u8))
        {
            return AppProtocol.Ssh;
        }

        if (data.Length >= 8 && data[0] == 0 && IsSmb(data[4..8]))
        {
            return AppProtocol.Smb;
        }

        if (serverPort == DnsPort && data.Length >= 2 + DnsHeader && BinaryPrimitives.ReadUInt16BigEndian(data) >= DnsHeader && Dns(data[2..]))
        {
            return AppProtocol.Dns;
        }

        return toServer ? FromClient(data) : FromServer(data, serverPort);
    }

    /// <summary>True if only servers send what begins so.</summary>
    public static bool IsAnswer(ReadOnlySpan<byte> data) => data.StartsWith("HTTP/1."u8);

    /// <summary>Looks at a UDP payload.</summary>
    public static AppProtocol Datagram(ReadOnlySpan<byte> data, ushort sourcePort, ushort destinationPort)
    {
        if ((sourcePort == DnsPort || destinationPort == DnsPort || sourcePort == 5353 || destinationPort == 5353) && Dns(data))
        {
            return AppProtocol.Dns;
        }

        if (data.Length >= 240 && data[0] is 1 or 2 && BinaryPrimitives.ReadUInt32BigEndian(data[236..]) == 0x63825363)
        {
            return AppProtocol.Dhcp;
        }

        if (destinationPort == 123 && data.Length >= 48 && (data[0] >> 3 & 7) is >= 1 and <= 4)
        {
            return AppProtocol.Ntp;
        }

        if ((destinationPort is 161 or 162) && data.Length > 8 && data[0] == 0x30)
        {
            return AppProtocol.Snmp;
        }

        return IsSip(data) ? AppProtocol.Sip : AppProtocol.Unknown;
    }

    /// <summary>True if a message of DNS may begin here: a question with a readable name.</summary>
    public static bool Dns(ReadOnlySpan<byte> message)
    {
        if (message.Length < DnsHeader)
        {
            return false;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        return questions is > 0 and < 256 && DnsMessage.SkipName(message, DnsHeader) > 0;
    }

    private static bool IsSmb(ReadOnlySpan<byte> magic) => magic[0] is 0xFF or 0xFE or 0xFD && magic[1..].SequenceEqual("SMB"u8);

    private static AppProtocol FromClient(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith("PRI * HTTP/2.0"u8))
        {
            return AppProtocol.Http2;
        }

        ReadOnlySpan<byte> text = data.TrimStart("\r\n"u8);
        int blank = text.IndexOfAny((byte)' ', (byte)'\t');
        if (blank > 0 && HttpWords.IsMethod(text[..blank]))
        {
            return IsSip(text) ? AppProtocol.Sip : AppProtocol.Http;
        }

        return text switch
        {
            _ when Begins(text, "EHLO"u8) || Begins(text, "HELO"u8) => AppProtocol.Smtp,
            _ when Begins(text, "USER "u8) || Begins(text, "AUTH TLS"u8) => AppProtocol.Ftp,
            _ when text.IndexOf(" CAPABILITY"u8) > 0 || text.IndexOf(" LOGIN "u8) > 0 => AppProtocol.Imap,
            _ => AppProtocol.Unknown,
        };
    }

    private static AppProtocol FromServer(ReadOnlySpan<byte> data, ushort serverPort)
    {
        if (data.StartsWith("HTTP/"u8))
        {
            return AppProtocol.Http;
        }

        if (data.StartsWith("220"u8))
        {
            return data.IndexOf("SMTP"u8) > 0 || serverPort is 25 or 587 ? AppProtocol.Smtp : serverPort == 21 || data.IndexOf("FTP"u8) > 0 ? AppProtocol.Ftp : AppProtocol.Unknown;
        }

        return data.StartsWith("+OK"u8) ? AppProtocol.Pop3 : data.StartsWith("* OK"u8) ? AppProtocol.Imap : AppProtocol.Unknown;
    }

    private static bool Begins(ReadOnlySpan<byte> data, ReadOnlySpan<byte> word) =>
        data.Length >= word.Length && System.Text.Ascii.EqualsIgnoreCase(data[..word.Length], word);

    private static bool IsSip(ReadOnlySpan<byte> data)
    {
        int end = data.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? data[..Math.Min(data.Length, 256)] : data[..end];
        return line.StartsWith("SIP/2.0"u8) || line.TrimEnd((byte)'\r').EndsWith(" SIP/2.0"u8);
    }
}
