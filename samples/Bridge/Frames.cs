using Weft.Packets;

namespace Weft.Samples.Bridge;

/// <summary>Frames as machines send them.</summary>
internal static class Frames
{
    public static byte[] Data(MacAddress source, MacAddress destination, ushort? vlan = null)
    {
        byte[] frame = new byte[64];
        _ = new EthernetHeader
        {
            Destination = destination,
            Source = source,
            Tag = vlan is ushort id ? new VlanTci(id) : null,
            EtherType = EtherType.Experimental1,
        }.Write(frame);
        return frame;
    }

    public static byte[] ArpRequest(MacAddress sender, string senderAddress, string target) => Arp(MacAddress.Broadcast, new ArpMessage
    {
        Operation = ArpOperation.Request,
        SenderMac = sender,
        SenderAddress = IPv4Address.Parse(senderAddress),
        TargetAddress = IPv4Address.Parse(target),
    });

    public static byte[] ArpReply(MacAddress sender, string senderAddress, MacAddress target, string targetAddress) => Arp(target, new ArpMessage
    {
        Operation = ArpOperation.Reply,
        SenderMac = sender,
        SenderAddress = IPv4Address.Parse(senderAddress),
        TargetMac = target,
        TargetAddress = IPv4Address.Parse(targetAddress),
    });

    private static byte[] Arp(MacAddress destination, ArpMessage message)
    {
        byte[] frame = new byte[60];
        int at = new EthernetHeader { Destination = destination, Source = message.SenderMac, EtherType = EtherType.Arp }.Write(frame);
        _ = message.Write(frame.AsSpan(at));
        return frame;
    }
}
