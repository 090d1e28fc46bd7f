using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Machines with an address of their own, found by either side.</summary>
internal sealed class AddressMaps : IDisposable
{
    private readonly FlowTable<ulong, IPv4Address>? _outsideOf;
    private readonly FlowTable<ulong, ulong>? _insideOf;
    private readonly IPv4Address[] _addresses;

    public AddressMaps(int capacity, HashSeed seed)
    {
        _addresses = new IPv4Address[capacity];
        if (capacity > 0)
        {
            var options = new FlowTableOptions { Capacity = capacity, Seed = seed };
            _outsideOf = new FlowTable<ulong, IPv4Address>(options);
            _insideOf = new FlowTable<ulong, ulong>(options);
        }
    }

    public int Count { get; private set; }

    /// <summary>The outside addresses.</summary>
    public ReadOnlySpan<IPv4Address> Addresses => _addresses.AsSpan(0, Count);

    /// <summary>Adds a pair; false if there is no room or either address has one.</summary>
    public bool TryAdd(uint scope, IPv4Address inside, IPv4Address outside)
    {
        ulong machine = Machine(scope, inside);
        if (Count == _addresses.Length || !_outsideOf!.Find(in machine).IsNone || !_insideOf!.Find(outside.Value).IsNone)
        {
            return false;
        }

        _ = _outsideOf.Add(in machine, out FlowHandle forward);
        _ = _insideOf.Add(outside.Value, out FlowHandle reverse);
        _outsideOf[forward] = outside;
        _insideOf[reverse] = machine;
        _addresses[Count++] = outside;
        return true;
    }

    /// <summary>Removes a machine's pair.</summary>
    /// <returns>False if it has none.</returns>
    public bool TryRemove(uint scope, IPv4Address inside)
    {
        ulong machine = Machine(scope, inside);
        if (!TryGetOutside(scope, inside, out IPv4Address outside))
        {
            return false;
        }

        _ = _outsideOf!.Remove(in machine);
        _ = _insideOf!.Remove(outside.Value);
        int place = Array.IndexOf(_addresses, outside, 0, Count);
        _addresses[place] = _addresses[--Count];
        return true;
    }

    public bool TryGetOutside(uint scope, IPv4Address inside, out IPv4Address outside)
    {
        FlowHandle handle = Count == 0 ? FlowHandle.None : _outsideOf!.Find(Machine(scope, inside));
        outside = handle.IsNone ? default : _outsideOf![handle];
        return !handle.IsNone;
    }

    public bool TryGetInside(IPv4Address outside, out uint scope, out IPv4Address inside)
    {
        FlowHandle handle = Count == 0 ? FlowHandle.None : _insideOf!.Find(outside.Value);
        ulong machine = handle.IsNone ? 0 : _insideOf![handle];
        (scope, inside) = ((uint)(machine >> 32), new IPv4Address((uint)machine));
        return !handle.IsNone;
    }

    public void Dispose()
    {
        _outsideOf?.Dispose();
        _insideOf?.Dispose();
    }

    private static ulong Machine(uint scope, IPv4Address inside) => ((ulong)scope << 32) | inside.Value;
}
