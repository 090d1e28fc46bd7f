using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>
/// A rule that has only common strings, but one of them near the beginning of what is looked at: it is looked for there and
/// not scanned for.
/// </summary>
internal readonly struct PlacedRule(int rule, Content content, RulePhases phases)
{
    // Further in, a scan that is made anyway is cheaper.
    private const int Furthest = 32;
    private const byte CaseBit = 0x20;

    private readonly int _from = content.StartsWith ? 0 : (int)(content.Offset?.Value ?? 0);
    private readonly int _to = EndOf(content);

    // Up to eight bytes at one place are compared at once: those that the string has, letters without case in lower case.
    private readonly bool _isWord = content.Bytes.Length <= sizeof(ulong) && EndOf(content) - (content.StartsWith ? 0 : (int)(content.Offset?.Value ?? 0)) == content.Bytes.Length;
    private readonly ulong _bytes = WordOf(content, (_, value) => value);
    private readonly ulong _mask = WordOf(content, (_, _) => byte.MaxValue);
    private readonly ulong _lower = WordOf(content, (one, value) => one.NoCase && AsciiCase.IsLetter(value) ? CaseBit : (byte)0);

    /// <summary>Number of the rule in the image.</summary>
    public int Rule { get; } = rule;

    /// <summary>When it is compared.</summary>
    public RulePhases Phases { get; } = phases;

    /// <summary>True if a string is looked for near the beginning, at a place that no variable gives.</summary>
    public static bool IsPossible(Content content) =>
        !content.IsRelative && (content.StartsWith || content.Depth is not null) && content.Offset is not { IsVariable: true } && content.Depth is not { IsVariable: true }
        && EndOf(content) <= Furthest;

    /// <summary>True if the string is where it can be.</summary>
    public bool IsIn(ReadOnlySpan<byte> data)
    {
        if (_isWord && data.Length - _from >= sizeof(ulong))
        {
            return ((BinaryPrimitives.ReadUInt64LittleEndian(data[_from..]) | _lower) & _mask) == _bytes;
        }

        int to = Math.Min(_to, data.Length);
        if (to - _from < content.Bytes.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> place = data[_from..to];
        return content.NoCase ? AsciiCase.IndexOfFolded(place, content.Bytes) >= 0 : place.IndexOf(content.Bytes) >= 0;
    }

    private static int EndOf(Content content) =>
        content.StartsWith ? content.Bytes.Length : (int)Math.Min(int.MaxValue, (content.Offset?.Value ?? 0) + content.Depth!.Value.Value);

    private static ulong WordOf(Content content, Func<Content, byte, byte> part)
    {
        ulong word = 0;
        for (int i = 0; i < Math.Min(content.Bytes.Length, sizeof(ulong)); i++)
        {
            word |= (ulong)part(content, content.Bytes[i]) << 8 * i;
        }

        return word;
    }
}
