using Weft.Mesh;

namespace Weft.MeshAgent;

/// <summary>What an agent is to do, and its limits.</summary>
public sealed record MeshAgentOptions
{
    /// <summary>Most connections that <see cref="MaxConnections"/> allows.</summary>
    public const int LargestMaxConnections = 1_000_000;

    /// <summary>Who we are, and whom we trust.</summary>
    public required CertificateFiles Certificates { get; init; }

    /// <summary>The plan of the mesh for this machine, from which listeners and restored connections follow; null for none.</summary>
    public MeshPlan? Plan { get; init; }

    /// <summary>How connections of the plan travel: <see cref="TunnelMode.Multiplexed"/>, the default, or <see cref="TunnelMode.PerConnection"/>.</summary>
    public TunnelMode Mode { get; init; }

    /// <summary>
    /// True if applications' addresses are put in place by sockets (IP_TRANSPARENT, with routes that bring the answers back) and not by a
    /// translator: connections to local applications then come from the client's own address. Needs CAP_NET_ADMIN. Default false.
    /// </summary>
    public bool TransparentSource { get; init; }

    /// <summary>Forwards beside the plan.</summary>
    public IReadOnlyList<MeshForward> Forwards { get; init; } = [];

    /// <summary>Services beside the plan.</summary>
    public IReadOnlyList<MeshTarget> Targets { get; init; } = [];

    /// <summary>Where TLS of agents that say which service they mean is accepted, beside the plan's own; null, the default, for none.</summary>
    public MeshEndpoint? Tunnel { get; init; }

    /// <summary>Threads, 1 to 64. Default: as many as processors.</summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>Most connections at a time, of applications and of agents together, 1 to 1,000,000. Default 65,536.</summary>
    public int MaxConnections { get; init; } = 65_536;

    /// <summary>Most handshakes under way that others began, 1 to 1,000,000. Default 1,024.</summary>
    public int MaxHandshakes { get; init; } = 1024;

    /// <summary>Of these, most of one source address, 1 to 1,000,000. Default 256.</summary>
    public int MaxHandshakesPerSource { get; init; } = 256;

    /// <summary>Most streams of one shared TLS connection, 1 to 65,536; with more, another one is made. Default 4,096.</summary>
    public int MaxStreams { get; init; } = 4096;

    /// <summary>
    /// Bytes that each side of a stream may send ahead of what the other application has read, 16,384 to 16,777,216. It bounds the memory of a
    /// stream whose application does not read. Default 262,144.
    /// </summary>
    public int StreamCredit { get; init; } = 262_144;

    /// <summary>Time for a connection to be made, handshake and application included; 100 ms to 10 minutes. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Application connections on which nothing moves for so long are reset, 1 s or more; zero, the default, for never.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>A shared TLS connection without streams is closed after so long, 1 s or more. Default 5 minutes.</summary>
    public TimeSpan TunnelIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Flows of datagrams end when nothing came for so long, 1 s or more. Default 60 s.</summary>
    public TimeSpan DatagramIdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Files of certificates are looked at so often, 50 ms or more. Default 5 s.</summary>
    public TimeSpan CertificateCheck { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// TLS connections are closed so long after the end of the first of the two certificates; null to let them go on. Default one minute. A
    /// connection that is past the end itself gets no new streams in any case.
    /// </summary>
    public TimeSpan? ExpiryGrace { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Records under one key before it is replaced, 16 to 16,777,216: AES-GCM is good for 2^24.5 full ones (RFC 8446 section 5.5). Default 8,388,608.
    /// </summary>
    public long RecordsPerKey { get; init; } = 1 << 23;

    /// <summary>Told of what an operator should know. Called on the agent's threads, so it must be quick and must not throw.</summary>
    public Action<MeshAgentEvent>? OnEvent { get; init; }

    /// <summary>The clock by which certificates are judged.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        Range(nameof(Threads), Threads, 1, 64);
        Range(nameof(MaxConnections), MaxConnections, 1, LargestMaxConnections);
        Range(nameof(MaxHandshakes), MaxHandshakes, 1, LargestMaxConnections);
        Range(nameof(MaxHandshakesPerSource), MaxHandshakesPerSource, 1, LargestMaxConnections);
        Range(nameof(MaxStreams), MaxStreams, 1, 65_536);
        Range(nameof(StreamCredit), StreamCredit, 16_384, 16_777_216);
        Range(nameof(RecordsPerKey), RecordsPerKey, 16, 1 << 24);
        Least(nameof(HandshakeTimeout), HandshakeTimeout, TimeSpan.FromMilliseconds(100));
        Least(nameof(TunnelIdleTimeout), TunnelIdleTimeout, TimeSpan.FromSeconds(1));
        Least(nameof(DatagramIdleTimeout), DatagramIdleTimeout, TimeSpan.FromSeconds(1));
        Least(nameof(CertificateCheck), CertificateCheck, TimeSpan.FromMilliseconds(50));
        if (IdleTimeout != TimeSpan.Zero)
        {
            Least(nameof(IdleTimeout), IdleTimeout, TimeSpan.FromSeconds(1));
        }

        if (Plan is not null && Mode == TunnelMode.Plain)
        {
            throw new ArgumentException($"{nameof(Mode)} must be {TunnelMode.Multiplexed} or {TunnelMode.PerConnection} for a plan: {TunnelMode.Plain} cannot say which service is meant", nameof(Mode));
        }

        if (Targets.FirstOrDefault(target => target.Clients.Count == 0) is { } closed)
        {
            throw new ArgumentException($"{nameof(Targets)}: the target {closed.Application} has no {nameof(MeshTarget.Clients)}", nameof(Targets));
        }
    }

    private static void Range(string name, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} to {most}");
        }
    }

    private static void Least(string name, TimeSpan value, TimeSpan least)
    {
        if (value < least)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} or more");
        }
    }
}
