using System.Text.Json.Nodes;
using Weft.Cli.Views;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft top</c>: what it says, how it fits, and how it leaves a terminal.</summary>
public sealed class TopCommandTests : IAsyncLifetime
{
    /// <summary>Runs a command in a pseudo terminal of 12 lines, makes it smaller, interrupts it, and tells how it left the terminal.</summary>
    private const string Terminal = """
        import fcntl, json, os, pty, select, signal, struct, sys, termios, time
        size = lambda fd, rows, columns: fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        master, slave = pty.openpty()
        size(slave, 12, 60)
        before = termios.tcgetattr(slave)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2): os.dup2(slave, fd)
            os.execvp(sys.argv[2], sys.argv[2:])
        seen = b''
        def read_until(count):
            global seen
            end = time.time() + 60
            while seen.count(b'\x1b[H') < count and time.time() < end:
                if select.select([master], [], [], 0.1)[0]: seen += os.read(master, 65536)
        read_until(3)
        large = seen
        size(master, 6, 30)
        seen = b''
        read_until(3)
        small = seen
        seen = b''
        os.write(master, b'q' if sys.argv[1] == 'q' else b'\x03')
        end, status = time.time() + 60, None
        while time.time() < end and status is None:
            while select.select([master], [], [], 0.05)[0]: seen += os.read(master, 65536)
            done, code = os.waitpid(pid, os.WNOHANG)
            status = code if done else None
        while select.select([master], [], [], 0.2)[0]: seen += os.read(master, 65536)
        after = termios.tcgetattr(slave)
        frame = lambda data: data.split(b'\x1b[H')[-2].decode()
        print(json.dumps({'status': status, 'same': before == after, 'first': large[:40].decode(), 'large': frame(large), 'small': frame(small), 'end': seen.decode()}))
        """;

    private readonly TemporaryFolder _folder = new();
    private SwitchHost _host = null!;

    private string Socket => _folder.File("top.sock");

    public ValueTask InitializeAsync()
    {
        _host = SwitchHost.Start(TestPlans.Resolved() with { ControlSocket = Socket }, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Rates_are_differences_over_the_switchs_own_time()
    {
        using var rig = new SwitchRig(TestPlans.Resolved() with { Workers = 2 });
        SwitchSnapshot before = rig.Switch.Snapshot();
        for (int i = 0; i < 200; i++)
        {
            rig.Pass(TestPlans.Web1, TestFrames.Plain(TestFrames.B, TestFrames.A, length: 1000)).Pass(TestPlans.Trunk, TestFrames.Tagged(TestFrames.Plain(TestFrames.B, TestFrames.A), 99));
            rig.AllOut();
        }

        rig.Wait(TimeSpan.FromSeconds(2));
        IReadOnlyList<string> lines = TopView.Lines(new Rates(before, rig.Switch.Snapshot()), 200, 100);

        Assert.Equal("received 200/s, sent 400/s, dropped 100/s; 0 wait", lines[1]);
        Assert.Contains("web1                 up                100     800.0k          0          0          0", lines);
        Assert.Contains("bridge               vlan-not-allowed                      100            200", lines);
        Assert.Contains(lines, line => line.StartsWith("vtep0                         0        200            0", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("WORKER ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(40, 10)]
    [InlineData(10, 3)]
    [InlineData(1, 1)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_picture_is_larger_than_its_terminal_and_what_is_left_out_is_said(int width, int height)
    {
        SwitchSnapshot now = new SwitchRig(TestPlans.Resolved()).Switch.Snapshot();
        now = now with { Ports = [.. Enumerable.Range(0, 50).Select(i => now.Ports[0] with { Name = $"a-port-with-a-rather-long-name-{i}" })] };
        IReadOnlyList<string> lines = TopView.Lines(new Rates(now, now), width, height);
        Assert.True(lines.Count <= height);
        Assert.All(lines, line => Assert.True(line.Length <= width));
        Assert.True(height < 10 || lines.Any(line => line.TrimEnd().EndsWith(" more", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Once_prints_plain_text_to_a_pipe_and_ends()
    {
        CommandResult result = WeftProgram.Run("top", "--once", "--interval", "0.1", "--socket", Socket);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("test: up ", result.Output);
        Assert.Contains("\nPORT ", result.Output);
        Assert.DoesNotContain("\e", result.Output);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Into_a_pipe_it_prints_one_text_after_the_other()
    {
        using RunningCommand program = WeftProgram.Start("top", "--interval", "0.1", "--socket", Socket);
        Assert.True(Wait.Until(() => program.Output.Split("test: up ").Length > 3, TimeSpan.FromSeconds(60)), program.Error);
        Assert.DoesNotContain("\e", program.Output);
    }

    [Theory]
    [InlineData("q")]
    [InlineData("interrupt")]
    [Trait(Kind.Key, Kind.Live)]
    public void In_a_terminal_it_renews_itself_follows_its_size_and_leaves_the_terminal_as_it_was(string way)
    {
        LiveRequirements.NeedPrograms("python3");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        CommandResult result = Command.Run(TimeSpan.FromMinutes(5), "env", "TERM=xterm", "python3", "-c", Terminal, way, host, WeftProgram.Assembly, "top", "--interval", "0.2", "--socket", Socket).Required();
        JsonNode seen = JsonNode.Parse(result.Output)!;

        Assert.Equal((0, true), (seen["status"]!.GetValue<int?>(), seen["same"]!.GetValue<bool>()));
        Assert.Contains("\e[?1049h", seen["first"]!.GetValue<string>());
        Assert.Contains("\e[?1049l", seen["end"]!.GetValue<string>());
        Assert.Contains("\e[?25h", seen["end"]!.GetValue<string>());
        Assert.InRange(seen["large"]!.GetValue<string>().Split('\n').Length, 8, 12);
        string[] small = seen["small"]!.GetValue<string>().Split('\n');
        Assert.InRange(small.Length, 3, 6);
        Assert.All(small, line => Assert.True(line.Replace("\e[K", "", StringComparison.Ordinal).Replace("\e[J", "", StringComparison.Ordinal).TrimEnd().Length <= 30, line));
    }
}
