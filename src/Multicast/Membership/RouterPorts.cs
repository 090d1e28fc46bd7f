namespace Weft.Multicast;

/// <summary>Ports behind which a router was heard or configured, as a set of bits for each segment and address family.</summary>
internal sealed class RouterPorts
{
    private readonly int _words;
    private readonly ulong[] _known;
    private readonly ulong[] _configured;

    public RouterPorts(SnoopingOptions options)
    {
        _words = (options.Ports.Count + 63) / 64;
        _known = new ulong[options.Segments.Count * 2 * _words];
        _configured = new ulong[_known.Length];
        for (int segment = 0; segment < options.Segments.Count; segment++)
        {
            foreach (int port in options.Segments[segment].RouterPorts)
            {
                Set(_configured, segment, port, isIPv6: false, true);
                Set(_configured, segment, port, isIPv6: true, true);
            }
        }

        _configured.CopyTo(_known, 0);
    }

    public ReadOnlySpan<ulong> this[int segment, bool isIPv6] => _known.AsSpan(First(segment, isIPv6), _words);

    public bool Contains(int segment, int port, bool isIPv6) => (this[segment, isIPv6][port >> 6] >> port & 1) != 0;

    /// <summary>Takes a port in, or out unless it is configured; true if that changed anything.</summary>
    public bool Set(int segment, int port, bool isIPv6, bool isRouter)
    {
        bool configured = (_configured[First(segment, isIPv6) + (port >> 6)] >> port & 1) != 0;
        bool before = Contains(segment, port, isIPv6);
        Set(_known, segment, port, isIPv6, isRouter || configured);
        return before != Contains(segment, port, isIPv6);
    }

    private void Set(ulong[] bits, int segment, int port, bool isIPv6, bool value)
    {
        ref ulong word = ref bits[First(segment, isIPv6) + (port >> 6)];
        word = value ? word | 1UL << port : word & ~(1UL << port);
    }

    private int First(int segment, bool isIPv6) => ((segment * 2) + (isIPv6 ? 1 : 0)) * _words;
}
