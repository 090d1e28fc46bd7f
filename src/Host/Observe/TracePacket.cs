using Weft.Pcap;

namespace Weft.Host.Observe;

/// <summary>Reads the packet of a trace from what a person has: hexadecimal digits, a file of them, or a frame of a capture.</summary>
public static class TracePacket
{
    /// <summary>Longest text file of digits; the longest packet needs less.</summary>
    private const int MaxTextBytes = 1 << 20;

    /// <summary>Reads a packet.</summary>
    /// <param name="hexOrPath">Digits, with blanks, ':' or '-' between them if that is easier; or the path of a file with such digits, pcap or pcapng.</param>
    /// <param name="frame">Which frame of a capture, from 1.</param>
    /// <exception cref="FormatException">It is neither; the message says what was looked for.</exception>
    public static byte[] Read(string hexOrPath, int frame = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(hexOrPath);
        ArgumentOutOfRangeException.ThrowIfLessThan(frame, 1);
        if (TryParseHex(hexOrPath, out byte[] bytes))
        {
            return bytes;
        }

        try
        {
            return File.Exists(hexOrPath)
                ? FromFile(hexOrPath, frame)
                : throw new FormatException($"'{hexOrPath}' is neither an even number of hexadecimal digits nor a file.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{hexOrPath} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Reads a packet from hexadecimal digits alone, for whoever may not name files.</summary>
    /// <param name="hex">Digits, with blanks, ':' or '-' between them if that is easier.</param>
    /// <exception cref="FormatException">They are not an even number of hexadecimal digits.</exception>
    public static byte[] Parse(string hex)
    {
        ArgumentNullException.ThrowIfNull(hex);
        return TryParseHex(hex, out byte[] bytes) ? bytes : throw new FormatException("The packet is no even number of hexadecimal digits.");
    }

    private static byte[] FromFile(string path, int frame)
    {
        using PcapReader reader = PcapReader.Open(path);
        if (!reader.TryReadHeader())
        {
            return FromText(path);
        }

        int seen = 0;
        while (reader.TryRead(out PcapPacket packet))
        {
            if (++seen == frame)
            {
                return packet.Data.ToArray();
            }
        }

        throw new FormatException($"{path} has {seen} frames, not {frame}.");
    }

    private static byte[] FromText(string path) =>
        new FileInfo(path).Length <= MaxTextBytes && TryParseHex(File.ReadAllText(path), out byte[] bytes)
            ? bytes
            : throw new FormatException($"{path} is neither a capture nor a text of hexadecimal digits.");

    private static bool TryParseHex(string text, out byte[] bytes)
    {
        string digits = string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c is not (':' or '-')));
        bool isHex = digits.Length > 0 && digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit);
        bytes = isHex ? Convert.FromHexString(digits) : [];
        return isHex;
    }
}
