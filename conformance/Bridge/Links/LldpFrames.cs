namespace Weft.Conformance.BridgeTests;

/// <summary>Frames of LLDP, TLV by TLV.</summary>
internal static class LldpFrames
{
    /// <summary>What Debian's lldpd 1.0.16 sent out of a veth device: MAC addresses as chassis and port, name "vm", description "a peer", a station, fe80:: as management address.</summary>
    public static readonly byte[] OfLldpd = Convert.FromHexString(
        "0180c200000e3652721300b588cc0207043652721300b50407033652721300b5060200780a02766d0c066120706565720e04009c008010181102fe80000000000000345272fffe1300b502000000020008026530"
        + "fe0900120f030100000000fe0900120f0100800000360000");

    public static byte[] Chassis(byte last = 1) => Tlv(1, 4, 2, 0, 0, 0, 0, last);

    public static byte[] Port(string name = "eth0") => Tlv(2, [5, .. System.Text.Encoding.UTF8.GetBytes(name)]);

    public static byte[] Ttl(ushort seconds = 120) => Tlv(3, (byte)(seconds >> 8), (byte)seconds);

    public static byte[] End => Tlv(0);

    public static byte[] Tlv(int type, params byte[] value) => [(byte)((type << 1) | (value.Length >> 8)), (byte)value.Length, .. value];

    public static byte[] Text(int type, string text) => Tlv(type, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>The TLVs behind a header to the nearest bridge.</summary>
    public static byte[] Frame(params byte[][] tlvs) => [0x01, 0x80, 0xC2, 0, 0, 0x0E, 2, 0, 0, 0, 0, 1, 0x88, 0xCC, .. tlvs.SelectMany(tlv => tlv)];

    /// <summary>A complete frame of a neighbour.</summary>
    public static byte[] Neighbor(byte chassis = 1, string port = "eth0", ushort ttl = 120, params byte[][] more) => Frame([Chassis(chassis), Port(port), Ttl(ttl), .. more, End]);
}
