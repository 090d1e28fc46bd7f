using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

public sealed class EchoResponderTests
{
    // Made with scapy 2.5: an echo request with id 0x1234, sequence 7 and eight octets, and the reply, in both families.
    private const string Request4 = "020000000001020000000002080045b80024000040004001b61dc0000202c00002010800d9b4123400070001020304050607";
    private const string Reply4 = "020000000002020000000001080045b80024000040004001b61dc0000201c00002020000e1b4123400070001020304050607";
    private const string Request6 = "02000000000102000000000286dd6000000000103a4020010db800000000000000000000000220010db8000000000000000000000001800005f5123400070001020304050607";
    private const string Reply6 = "02000000000202000000000186dd6000000000103a4020010db800000000000000000000000120010db8000000000000000000000002810004f5123400070001020304050607";

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData("192.0.2.1", Request4, Reply4)]
    [InlineData("2001:db8::1", Request6, Reply6)]
    public void Rfc792_and_Rfc4443_Section4_2_The_request_becomes_the_reply(string own, string request, string reply)
    {
        byte[] frame = Convert.FromHexString(request);

        Assert.True(Answer(own, frame));
        Assert.Equal(reply, Convert.ToHexStringLower(frame));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData("192.0.2.1", Request4)]
    [InlineData("2001:db8::1", Request6)]
    public void Nothing_else_is_answered_nor_changed(string own, string request)
    {
        byte[] good = Convert.FromHexString(request);
        for (int length = 0; length < good.Length; length++)
        {
            Refused(own, good[..length]);
        }

        for (int bit = good.Length * 8 - 1; bit >= 14 * 8; bit--)
        {
            byte[] flipped = [.. good];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            bool unprotected = own.Contains(':', StringComparison.Ordinal) && bit / 8 is >= 14 and < 18 or 21; // traffic class, flow label, hop limit
            if (!unprotected)
            {
                Refused(own, flipped);
            }
        }

        Refused(own.Contains(':', StringComparison.Ordinal) ? "2001:db8::3" : "192.0.2.3", good);
    }

    private static void Refused(string own, byte[] frame)
    {
        byte[] before = [.. frame];
        Assert.False(Answer(own, frame));
        Assert.Equal(before, frame);
    }

    private static bool Answer(string own, byte[] frame) => PacketLayout.TryParse(frame, out PacketLayout layout)
        && new EchoResponder(VtepAddress.Parse(own), MacAddress.Parse("02:00:00:00:00:01")).TryAnswer(frame, layout);
}
