using Weft.Bridge;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Tapping;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>One packet on its way through the graph, with what the stages so far found out about it.</summary>
internal struct PacketContext
{
    /// <summary>The bytes; the slot owns the buffer.</summary>
    public Packet Packet;

    /// <summary>The headers, counted from the packet's first byte.</summary>
    public PacketLayout Layout;

    /// <summary>What the bridge decided.</summary>
    public BridgeDecision Decision;

    /// <summary>Position of the packet that it is or stems from in the burst. Queues keep this order, so vectors of any length send in the same order.</summary>
    public ushort Order;

    /// <summary>Port of ingress; for a packet that the switch made, that of the packet which caused it.</summary>
    public ushort Ingress;

    /// <summary>Segment behind a tunnel, or -1.</summary>
    public int Segment;

    /// <summary>Virtual network of a packet between tunnel endpoints themselves, which belongs to no segment.</summary>
    public uint ManagementVni;

    /// <summary>Whether it came out of the management virtual network of a pair of bridge nodes.</summary>
    public bool IsManagement;

    /// <summary>Tunnel peer it came from or goes to, or -1.</summary>
    public int Peer;

    /// <summary>Tunnel endpoint it came through or is for, or -1.</summary>
    public int Vtep;

    /// <summary>One more than the number of the tunnel peer whose association authenticated it; 0 if it came without ESP.</summary>
    public int SecuredBy;

    /// <summary>Interface of a router that it goes out of, or is in the hands of, or -1.</summary>
    public int Interface;

    /// <summary>Port of a machine that it is about to be sent to.</summary>
    public ushort Egress;

    /// <summary>Whether it has been through the services of the machine that sent it, or was made by them.</summary>
    public bool IsServed;

    /// <summary>What a router's other stages did to it, or are to do.</summary>
    public RouteMarks Marks;

    /// <summary>Copies of a flood that are made already, when the rest waits for room.</summary>
    public int FloodProgress;

    /// <summary>Machines whose services it has been through, in the order of the configuration, when it is for a group and several hear it.</summary>
    public int MachineProgress;

    /// <summary>Whether it goes to those who listen to its group, instead of to all.</summary>
    public bool IsForListeners;

    /// <summary>Times that a port is still to send it; the slot stays alive until then.</summary>
    public int PendingSends;

    /// <summary>Whether it is a question of the switch's own, which a trace does not count as forwarding.</summary>
    public bool IsQuestion;

    /// <summary>Whether it is a copy of a message that all workers must see, which the first worker answers.</summary>
    public bool IsReplica;

    /// <summary>Whether its stage had no room for it before, so that a tap in front of the stage has seen it.</summary>
    public bool WasPutBack;

    /// <summary>Under which numbers captures know it.</summary>
    public TapMarks Taps;

    /// <summary>One more than the number of the mirror that it is a copy for; 0 for all other packets.</summary>
    public byte Mirror;

    /// <summary>Whether it is a copy of a frame that leaves.</summary>
    public bool MirrorLeaves;

    /// <summary>Whether it is a copy of the first bytes of a frame alone.</summary>
    public bool MirrorCut;

    /// <summary>Whether access lists of the port that it waits for have judged it, at the worker that it comes from.</summary>
    public bool IsJudged;

    /// <summary>Whether a stage may still need it when all pending sends are done.</summary>
    public bool InGraph;
}
