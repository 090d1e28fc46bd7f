using Weft.Packets;

namespace Weft.Ids;

/// <summary>What a detector knows of a conversation; good until the next packet is handed to it. <see cref="ConversationRecord"/> keeps it for longer.</summary>
public readonly ref struct Conversation
{
    private readonly ConversationFacts _facts;

    internal Conversation(scoped in ConversationFacts facts, ReadOnlySpan<byte> requestHead, ReadOnlySpan<byte> responseHead)
    {
        _facts = facts;
        RequestHead = requestHead;
        ResponseHead = responseHead;
    }

    /// <summary>Number of the conversation in its detector, from 1.</summary>
    public ulong Id => _facts.Id;

    /// <summary>What <see cref="IntrusionDetector.Tag"/> was when it began.</summary>
    public uint Tag => _facts.Tag;

    /// <summary>Application protocol, as far as it is known.</summary>
    public AppProtocol App => _facts.App;

    /// <summary>The side that began; IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public IPv6Address Client => _facts.Client;

    /// <summary>The other side.</summary>
    public IPv6Address Server => _facts.Server;

    /// <summary>Port of the client.</summary>
    public ushort ClientPort => _facts.ClientPort;

    /// <summary>Port of the server.</summary>
    public ushort ServerPort => _facts.ServerPort;

    /// <summary>Time of its first packet.</summary>
    public Timestamp Began => _facts.Began;

    /// <summary>Time of its last packet.</summary>
    public Timestamp LastSeen => _facts.LastSeen;

    /// <summary>Transport.</summary>
    public IpProtocol Protocol => _facts.Protocol;

    /// <summary>4 or 6.</summary>
    public byte IpVersion => _facts.IpVersion;

    /// <summary>How far it came.</summary>
    public ConversationStage Stage => _facts.Stage;

    /// <summary>Why it is remembered no longer; <see cref="ConversationEnd.None"/> while it is.</summary>
    public ConversationEnd End => _facts.End;

    /// <summary>True if the server answered a TCP client's SYN.</summary>
    public bool IsTcpOpened => _facts.IsTcpOpened;

    /// <summary>TCP flags that the client's segments had, those of all put together.</summary>
    public TcpFlags TcpFlagsToServer => _facts.TcpFlagsToServer;

    /// <summary>TCP flags that the server's segments had, those of all put together.</summary>
    public TcpFlags TcpFlagsToClient => _facts.TcpFlagsToClient;

    /// <summary>True if a rule alerted on it.</summary>
    public bool HasAlerted => _facts.HasAlerted;

    /// <summary>True if a rule dropped what came of it from then on.</summary>
    public bool IsDropped => _facts.IsDropped;

    /// <summary>True if a rule passed what came of it from then on.</summary>
    public bool IsPassed => _facts.IsPassed;

    /// <summary>Bytes of frames that the client sent.</summary>
    public long BytesToServer => _facts.BytesToServer;

    /// <summary>Bytes of frames that the server sent.</summary>
    public long BytesToClient => _facts.BytesToClient;

    /// <summary>Packets that the client sent.</summary>
    public long PacketsToServer => _facts.PacketsToServer;

    /// <summary>Packets that the server sent.</summary>
    public long PacketsToClient => _facts.PacketsToClient;

    internal ReadOnlySpan<byte> RequestHead { get; }

    internal ReadOnlySpan<byte> ResponseHead { get; }

    internal ConversationFacts Facts => _facts;

    /// <summary>Writes a field of the last message.</summary>
    /// <param name="field">Which.</param>
    /// <param name="text">Receives it; what does not fit is left off.</param>
    /// <returns>Bytes written, or -1 if there is no such field.</returns>
    public int Write(AppField field, Span<byte> text) => AppFields.Write(field, App, RequestHead, ResponseHead, text);
}
