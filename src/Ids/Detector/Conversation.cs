using Weft.Packets;

namespace Weft.Ids;

/// <summary>What a detector knows of a conversation; good until the next packet is handed to it.</summary>
public readonly ref struct Conversation
{
    private readonly ReadOnlySpan<byte> _requestHead;
    private readonly ReadOnlySpan<byte> _responseHead;

    internal Conversation(in FlowState flow, IPv6Address client, IPv6Address server, ushort clientPort, ushort serverPort, ReadOnlySpan<byte> requestHead, ReadOnlySpan<byte> responseHead)
    {
        Id = flow.Id;
        App = flow.App;
        Client = client;
        Server = server;
        ClientPort = clientPort;
        ServerPort = serverPort;
        Began = new Timestamp(flow.FirstSeen);
        BytesToServer = flow.ClientBytes;
        BytesToClient = flow.ServerBytes;
        PacketsToServer = flow.ClientPackets;
        PacketsToClient = flow.ServerPackets;
        Protocol = flow.Protocol;
        IpVersion = flow.IpVersion;
        LastSeen = new Timestamp(flow.LastSeen);
        IsTcpOpened = flow.Stage is not (FlowStage.New or FlowStage.SynSeen);
        Stage = flow.Stage switch { FlowStage.Established => ConversationStage.Established, FlowStage.Closed => ConversationStage.Closed, _ => ConversationStage.New };
        TcpFlagsToServer = (TcpFlags)flow.ClientFlags;
        TcpFlagsToClient = (TcpFlags)flow.ServerFlags;
        HasAlerted = flow.HasAlerted;
        IsDropped = flow.IsDropped;
        IsPassed = flow.IsPassed;
        _requestHead = requestHead;
        _responseHead = responseHead;
    }

    /// <summary>Number of the conversation in its detector, from 1.</summary>
    public ulong Id { get; }

    /// <summary>Application protocol, as far as it is known.</summary>
    public AppProtocol App { get; }

    /// <summary>The side that began; IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public IPv6Address Client { get; }

    /// <summary>The other side.</summary>
    public IPv6Address Server { get; }

    /// <summary>Port of the client.</summary>
    public ushort ClientPort { get; }

    /// <summary>Port of the server.</summary>
    public ushort ServerPort { get; }

    /// <summary>Time of its first packet.</summary>
    public Timestamp Began { get; }

    /// <summary>Time of its last packet.</summary>
    public Timestamp LastSeen { get; }

    /// <summary>Transport.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>4 or 6.</summary>
    public byte IpVersion { get; }

    /// <summary>How far it came.</summary>
    public ConversationStage Stage { get; }

    /// <summary>True if the server answered a TCP client's SYN.</summary>
    public bool IsTcpOpened { get; }

    /// <summary>TCP flags that the client's segments had, those of all put together.</summary>
    public TcpFlags TcpFlagsToServer { get; }

    /// <summary>TCP flags that the server's segments had, those of all put together.</summary>
    public TcpFlags TcpFlagsToClient { get; }

    /// <summary>True if a rule alerted on it.</summary>
    public bool HasAlerted { get; }

    /// <summary>True if a rule dropped what came of it from then on.</summary>
    public bool IsDropped { get; }

    /// <summary>True if a rule passed what came of it from then on.</summary>
    public bool IsPassed { get; }

    /// <summary>Bytes of frames that the client sent.</summary>
    public long BytesToServer { get; }

    /// <summary>Bytes of frames that the server sent.</summary>
    public long BytesToClient { get; }

    /// <summary>Packets that the client sent.</summary>
    public long PacketsToServer { get; }

    /// <summary>Packets that the server sent.</summary>
    public long PacketsToClient { get; }

    /// <summary>Writes a field of the last message.</summary>
    /// <param name="field">Which.</param>
    /// <param name="text">Receives it; what does not fit is left off.</param>
    /// <returns>Bytes written, or -1 if there is no such field.</returns>
    public int Write(AppField field, Span<byte> text) => AppFields.Write(field, App, _requestHead, _responseHead, text);
}
