using Weft.Packets;

namespace Weft.Mesh;

/// <summary>What a <see cref="MeshTranslator"/> is made of.</summary>
public sealed record MeshTranslatorOptions
{
    /// <summary>Secret of the hashes; draw it at random in production.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>IPv4 connections that are remembered, 16 to 2^24; 65,536 by default. When all are in use new ones are refused.</summary>
    public int IPv4Flows { get; init; } = 65_536;

    /// <summary>IPv6 connections that are remembered, 16 to 2^24; 65,536 by default.</summary>
    public int IPv6Flows { get; init; } = 65_536;

    /// <summary>
    /// Whether others than the agent may reach services of the mesh, as they may while a mesh is being introduced. Off by default: packets of
    /// the network for a service are dropped, and so is what an application sends to another machine from a service's port
    /// without a connection that the mesh knows.
    /// </summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>TCP connections that are established or half closed: 7,440 s by default, 1 s to 30 days (RFC 5382 REQ-5).</summary>
    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromSeconds(7440);

    /// <summary>TCP connections that are opening, closed or reset: 240 s by default, 1 s to 30 days (RFC 5382 REQ-5).</summary>
    public TimeSpan TcpTransitory { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>Datagrams: 300 s by default, 1 s to 30 days (RFC 4787 REQ-5).</summary>
    public TimeSpan Udp { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The time when the translator begins.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        Check(IPv4Flows, nameof(IPv4Flows));
        Check(IPv6Flows, nameof(IPv6Flows));
        Check(TcpEstablished, nameof(TcpEstablished));
        Check(TcpTransitory, nameof(TcpTransitory));
        Check(Udp, nameof(Udp));
    }

    private static void Check(int value, string name)
    {
        if (value is < 16 or > 1 << 24)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be 16 to {1 << 24}.");
        }
    }

    private static void Check(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(30))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be 1 s to 30 days.");
        }
    }
}
