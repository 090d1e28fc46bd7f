using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.Host.Datapath.Handover;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>What is rehearsed for a takeover may fail in any way: it keeps nobody from it.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HandoverRehearsalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Listeners => ["hangs up", "ends", "gives up", "says something else", "cannot be talked to"];

    [Theory]
    [MemberData(nameof(Listeners))]
    public void One_that_fails_ends_without_a_word(string listener)
    {
        using var rig = new SwitchRig(TestPlans.Resolved());
        Exception? thrown = Record.Exception(() => HandoverRehearsal.Speak(rig.Switch, channel =>
        {
            switch (listener)
            {
                case "hangs up":
                    channel.Dispose();
                    break;
                case "gives up":
                    throw new IOException("not today");
                case "says something else":
                    channel.Send("no"u8, [], Patience);
                    break;
                case "cannot be talked to":
                    throw new SocketException((int)SocketError.ConnectionReset);
                default:
                    break;
            }
        }));
        Assert.Null(thrown);
    }

    [Fact]
    public void One_that_goes_well_says_all_there_is_to_say()
    {
        using var rig = new SwitchRig(TestPlans.Resolved());
        List<string> heard = [];
        HandoverRehearsal.Speak(rig.Switch, channel =>
        {
            heard.Add($"{channel.Receive(1 << 20, Patience).Message.Length > 2}");
            channel.Send(HandoverProtocol.Taken, [], Patience);
            heard.Add(System.Text.Encoding.ASCII.GetString(channel.Receive(16, Patience).Message));
        });
        Assert.Equal(["True", "yours"], heard);
    }
}
