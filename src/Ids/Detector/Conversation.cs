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

    /// <summary>Bytes of IP packets that the client sent.</summary>
    public long BytesToServer { get; }

    /// <summary>Bytes of IP packets that the server sent.</summary>
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
