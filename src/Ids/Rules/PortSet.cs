namespace Weft.Ids;

/// <summary>The ports that a rule names, one bit each; null bits stand for any.</summary>
internal sealed class PortSet(ulong[]? bits)
{
    public static readonly PortSet Any = new(null);

    public bool IsAny => bits is null;

    public bool Contains(ushort port) => bits is null || (bits[port >> 6] >> (port & 63) & 1) != 0;
}
