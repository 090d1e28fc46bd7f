using Microsoft.Win32.SafeHandles;
using Weft.Conformance.Support;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>Messages with descriptors, and what comes from a process that sends something else.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class DescriptorChannelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan None = TimeSpan.Zero;

    [Fact]
    public void A_message_comes_whole_with_descriptors_that_lead_to_the_same_files()
    {
        NeedLinux();
        using var pair = new ChannelPair();
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "what is in it");
            using SafeFileHandle file = File.OpenHandle(path);
            int descriptor = (int)file.DangerousGetHandle();
            pair.Left.Send("first"u8, [descriptor, descriptor], Patience);
            pair.Left.Send([], [], Patience);
            (byte[] message, int[] descriptors) = pair.Right.Receive(100, Patience);
            Assert.Equal("first"u8.ToArray(), message);
            Assert.Equal(2, descriptors.Length);
            Assert.DoesNotContain(descriptor, descriptors);
            foreach (int copy in descriptors)
            {
                using var handle = new SafeFileHandle(copy, ownsHandle: true);
                byte[] content = new byte[13];
                Assert.Equal(13, RandomAccess.Read(handle, content, 0));
                Assert.Equal("what is in it"u8.ToArray(), content);
            }

            Assert.Empty(pair.Right.Receive(0, Patience).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_message_longer_than_the_sockets_buffers_comes_whole()
    {
        NeedLinux();
        using var pair = new ChannelPair();
        byte[] sent = new byte[8 << 20];
        new Random(7).NextBytes(sent);
        Task sending = Task.Factory.StartNew(() => pair.Left.Send(sent, [], Patience), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Equal(sent, pair.Right.Receive(sent.Length, Patience).Message);
        await sending;
    }

    [Fact]
    public void What_is_no_message_is_refused()
    {
        NeedLinux();
        byte[][] nonsense = [[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], [0, 0, 0, 101, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1], "{\"error\":\"unknown verb\"}"u8.ToArray()];
        foreach (byte[] bytes in nonsense)
        {
            using var pair = new ChannelPair();
            _ = pair.RawRight.Send(bytes);
            Assert.Throws<IOException>(() => pair.Left.Receive(100, Patience));
        }
    }

    [Fact]
    public void A_side_that_hangs_up_or_is_silent_is_noticed()
    {
        NeedLinux();
        using var pair = new ChannelPair();
        Assert.False(pair.Left.WaitForEnd(None));
        Assert.Contains("in time", Assert.Throws<IOException>(() => pair.Left.Receive(1, None)).Message);
        // A head without its body.
        _ = pair.RawRight.Send([0, 0, 0, 9, 0, 0, 0, 0, 1, 2]);
        pair.Right.Dispose();
        Assert.Contains("hung up", Assert.Throws<IOException>(() => pair.Left.Receive(9, Patience)).Message);
        Assert.True(pair.Left.WaitForEnd(Patience));
        Assert.Throws<IOException>(() => pair.Left.Send("anybody"u8, [], Patience));
    }

    [Fact]
    public void Too_many_descriptors_are_the_callers_mistake()
    {
        NeedLinux();
        using var pair = new ChannelPair();
        Assert.Contains("250", Assert.Throws<ArgumentException>(() => pair.Left.Send([], new int[DescriptorChannel.MaxDescriptors + 1], Patience)).Message);
    }

    private static void NeedLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
}
