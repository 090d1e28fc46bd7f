using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One address in a MAC-SYNC message: MAC 6, VLAN 2, age 2, flags 2 octets.</summary>
/// <param name="Mac">The address.</param>
/// <param name="Vlan">Its VLAN, 1 to 4094; on the wire the tag control information without priority.</param>
/// <param name="AgeSeconds">Seconds since it was last seen, 65,535 for longer.</param>
/// <param name="Flags">What is said about it.</param>
public readonly record struct MacSyncEntry(MacAddress Mac, ushort Vlan, ushort AgeSeconds, MacSyncEntryFlags Flags)
{
    /// <summary>Octets of an entry.</summary>
    public const int Length = 12;

    private const ushort VlanMask = 0x0FFF;

    /// <summary>Whether the address can be that of a machine in a VLAN.</summary>
    internal bool IsValid => Mac.IsValidSource && Vlan is > 0 and <= VlanTag.MaxVlanId;

    /// <summary>Reads the entry at the start of <paramref name="bytes"/>, which must hold <see cref="Length"/> octets.</summary>
    internal static MacSyncEntry Read(ReadOnlySpan<byte> bytes) => new(
        MacAddress.Read(bytes),
        (ushort)(BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) & VlanMask),
        BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]),
        (MacSyncEntryFlags)BinaryPrimitives.ReadUInt16BigEndian(bytes[10..]));

    /// <summary>Writes the entry and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="Length"/>.</exception>
    public int Write(Span<byte> destination)
    {
        if (destination.Length < Length)
        {
            throw new ArgumentException($"The destination holds {destination.Length} bytes where {Length} are written.", nameof(destination));
        }

        Mac.Write(destination);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], Vlan);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], AgeSeconds);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], (ushort)Flags);
        return Length;
    }
}
