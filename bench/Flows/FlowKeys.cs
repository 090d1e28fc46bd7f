using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>Keys of TCP flows from 250,000 clients to random servers, the same in every run.</summary>
internal static class FlowKeys
{
    private const int Clients = 250_000;
    private const ushort Https = 443;

    /// <summary>The keys in the order in which their flows begin, and shuffled.</summary>
    public static (FlowKey4[] InOrder, FlowKey4[] Shuffled) Make(int flows)
    {
        ulong state = 88172645463325252; // Marsaglia's xorshift64 (13, 7, 17)
        ulong Next()
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return state;
        }

        var inOrder = new FlowKey4[flows];
        for (int i = 0; i < flows; i++)
        {
            var source = new IPv4Address(0x0A000000u + (uint)(i % Clients));
            var destination = new IPv4Address((uint)Next());
            inOrder[i] = new FlowKey4(source, destination, IpProtocol.Tcp, (ushort)(1024 + Next() % 64_000), Https, (uint)i & FlowKey4.MaxScope);
        }

        var shuffled = (FlowKey4[])inOrder.Clone();
        for (int i = flows - 1; i > 0; i--)
        {
            int other = (int)(Next() % (ulong)(i + 1));
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }

        return (inOrder, shuffled);
    }
}
