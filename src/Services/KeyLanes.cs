using Weft.Flows;

namespace Weft.Services;

/// <summary>The keys of a burst's packets of one address family, gathered so that all are looked up at once.</summary>
internal sealed class KeyLanes<TKey>
    where TKey : unmanaged
{
    private readonly TKey[] _keys = new TKey[ServiceSet.MaxBurst];
    private readonly FlowHandle[] _handles = new FlowHandle[ServiceSet.MaxBurst];

    public int Count { get; private set; }

    public ReadOnlySpan<TKey> Keys => _keys.AsSpan(0, Count);

    public Span<FlowHandle> Handles => _handles.AsSpan(0, Count);

    /// <summary>The packet that each key was read from.</summary>
    public ushort[] Packets { get; } = new ushort[ServiceSet.MaxBurst];

    public void Clear() => Count = 0;

    public void Add(in TKey key, int packet)
    {
        _keys[Count] = key;
        Packets[Count++] = (ushort)packet;
    }
}
