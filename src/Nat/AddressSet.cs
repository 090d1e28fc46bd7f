using System.Numerics;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// A few addresses that every packet's destination is compared with: those that are the translator's. At most a quarter of the
/// places are taken, so that nearly always one read answers.
/// </summary>
internal sealed class AddressSet
{
    private readonly uint[] _places;
    private readonly int _shift;

    /// <summary>Makes an empty set for so many addresses.</summary>
    public AddressSet(int capacity)
    {
        int bits = BitOperations.Log2((uint)Math.Max(4, capacity)) + 3;
        _places = new uint[1 << bits];
        _shift = 32 - bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(IPv4Address address)
    {
        uint[] places = _places;
        for (uint place = Home(address); ; place++)
        {
            uint found = places[place & (uint)(places.Length - 1)];
            if (found == address.Value || found == 0)
            {
                return found != 0; // 0.0.0.0 is nobody's address and means a free place
            }
        }
    }

    /// <summary>Adds an address that may be there already; the caller keeps to the capacity.</summary>
    public void Add(IPv4Address address)
    {
        for (uint place = Home(address); ; place++)
        {
            ref uint found = ref _places[place & (uint)(_places.Length - 1)];
            if (found == address.Value || found == 0)
            {
                found = address.Value;
                return;
            }
        }
    }

    public void Clear() => _places.AsSpan().Clear();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Home(IPv4Address address) => (address.Value * 0x9E37_79B1u) >> _shift; // 2^32 / golden ratio
}
