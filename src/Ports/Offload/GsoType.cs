namespace Weft.Ports.Offload;

/// <summary>How a superframe is to be cut (virtio 1.2, VIRTIO_NET_HDR_GSO_*).</summary>
internal enum GsoType : byte
{
    /// <summary>An ordinary frame.</summary>
    None = 0,

    /// <summary>TCP over IPv4.</summary>
    TcpV4 = 1,

    /// <summary>TCP over IPv6.</summary>
    TcpV6 = 4,

    /// <summary>UDP datagrams of equal length, one segment each.</summary>
    UdpL4 = 5,
}
