namespace Weft.Packets;

/// <summary>An IP address of either family, for formats that are the same but for the length of addresses.</summary>
/// <typeparam name="TSelf">The address type itself.</typeparam>
public interface IInternetAddress<TSelf>
    where TSelf : struct, IInternetAddress<TSelf>
{
    /// <summary>Octets of an address on the wire.</summary>
    static abstract int Octets { get; }

    /// <summary>Reads the first octets of <paramref name="bytes"/>.</summary>
    static abstract TSelf Read(ReadOnlySpan<byte> bytes);

    /// <summary>Writes the address to the start of <paramref name="bytes"/>.</summary>
    void Write(Span<byte> bytes);
}
