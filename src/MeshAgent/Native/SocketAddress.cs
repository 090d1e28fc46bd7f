using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.MeshAgent.Native;

/// <summary>A <c>sockaddr_in</c> or <c>sockaddr_in6</c>, as the kernel reads and writes it.</summary>
internal unsafe struct SocketAddress
{
    public const int Capacity = 28;
    private const int IPv4Length = 16;

    private fixed byte _bytes[Capacity];

    /// <summary>Bytes that are used.</summary>
    public uint Length;

    public SocketAddress(MeshEndpoint endpoint)
    {
        fixed (byte* bytes = _bytes)
        {
            var span = new Span<byte>(bytes, Capacity);
            span.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(span[2..], endpoint.Port);
            if (endpoint.IsIPv4)
            {
                Unsafe.WriteUnaligned(ref span[0], (ushort)Libc.AF_INET);
                MeshAddress.ToIPv4(endpoint.Address).Write(span[4..]);
                Length = IPv4Length;
            }
            else
            {
                Unsafe.WriteUnaligned(ref span[0], (ushort)Libc.AF_INET6);
                endpoint.Address.Write(span[8..]);
                Length = Capacity;
            }
        }
    }

    /// <summary>An empty one, for the kernel to fill.</summary>
    public static SocketAddress Empty => new() { Length = Capacity };

    /// <summary>The address and port; that of IPv4 mapped. The default for another family.</summary>
    public readonly MeshEndpoint Endpoint
    {
        get
        {
            fixed (byte* bytes = _bytes)
            {
                var span = new ReadOnlySpan<byte>(bytes, Capacity);
                ushort port = BinaryPrimitives.ReadUInt16BigEndian(span[2..]);
                return Unsafe.ReadUnaligned<ushort>(in span[0]) switch
                {
                    Libc.AF_INET => new MeshEndpoint(IPv4Address.Read(span[4..]), port),
                    Libc.AF_INET6 => new MeshEndpoint(IPv6Address.Read(span[8..]), port),
                    _ => default,
                };
            }
        }
    }
}
