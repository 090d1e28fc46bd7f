using Weft.Packets;

namespace Weft.Ids;

/// <summary>What of a conversation is known by value, so that it can be copied as it is.</summary>
internal struct ConversationFacts
{
    public IPv6Address Client;
    public IPv6Address Server;
    public Timestamp Began;
    public Timestamp LastSeen;
    public long BytesToServer;
    public long BytesToClient;
    public long PacketsToServer;
    public long PacketsToClient;
    public ulong Id;
    public uint Tag;
    public ushort ClientPort;
    public ushort ServerPort;
    public AppProtocol App;
    public IpProtocol Protocol;
    public byte IpVersion;
    public ConversationStage Stage;
    public ConversationEnd End;
    public TcpFlags TcpFlagsToServer;
    public TcpFlags TcpFlagsToClient;
    public bool IsTcpOpened;
    public bool HasAlerted;
    public bool IsDropped;
    public bool IsPassed;

    public static ConversationFacts Of(in FlowState flow, IPv6Address client, IPv6Address server, ushort clientPort, ushort serverPort) => new()
    {
        Client = client,
        Server = server,
        ClientPort = clientPort,
        ServerPort = serverPort,
        Id = flow.Id,
        Tag = flow.Tag,
        App = flow.App,
        Began = new Timestamp(flow.FirstSeen),
        LastSeen = new Timestamp(flow.LastSeen),
        BytesToServer = flow.ClientBytes,
        BytesToClient = flow.ServerBytes,
        PacketsToServer = flow.ClientPackets,
        PacketsToClient = flow.ServerPackets,
        Protocol = flow.Protocol,
        IpVersion = flow.IpVersion,
        Stage = flow.Stage switch { FlowStage.Established => ConversationStage.Established, FlowStage.Closed => ConversationStage.Closed, _ => ConversationStage.New },
        IsTcpOpened = flow.Stage is not (FlowStage.New or FlowStage.SynSeen),
        TcpFlagsToServer = (TcpFlags)flow.ClientFlags,
        TcpFlagsToClient = (TcpFlags)flow.ServerFlags,
        HasAlerted = flow.HasAlerted,
        IsDropped = flow.IsDropped,
        IsPassed = flow.IsPassed,
    };
}
