using Weft.Conformance.Support;

namespace Weft.Conformance.MulticastTests;

/// <summary>A switch with snooping between devices of a namespace: ours, the Linux bridge, Open vSwitch.</summary>
internal abstract class SnoopingSwitch : IDisposable
{
    /// <summary>What it is, with its version.</summary>
    public abstract string Name { get; }

    /// <summary>The table of groups as the switch prints it.</summary>
    public abstract string Groups();

    /// <summary>Ends it.</summary>
    public abstract void Dispose();
}

/// <summary>The executable, run with a configuration.</summary>
internal sealed class WeftSwitch : SnoopingSwitch
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-mc-").FullName;
    private readonly RunningCommand _process;

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="space">Where the devices are.</param>
    /// <param name="devices">Its ports.</param>
    /// <param name="multicast">The segment's multicast options.</param>
    public WeftSwitch(NetNamespace space, string[] devices, string multicast)
    {
        string configuration = Path.Combine(_folder, "switch.yaml");
        File.WriteAllText(configuration, $$$"""
            schema: weft/1
            switch: {name: snooping, controlSocket: "{{{Socket}}}"}
            ports: [{{{string.Join(", ", devices.Select(device => $"{{name: {device}, type: af_packet, device: {device}, networkNamespace: {space.Name}, vlan: {{id: 10}}}}"))}}}]
            segments:
              - {name: lan, vlan: 10, multicast: {snooping: true{{{multicast}}}}}
            multicast: {queryResponseMilliseconds: 1000}
            """);
        _process = Command.Start("dotnet", Executable, "run", configuration);
        bool answers = Wait.Until(() => Run("show", "ports", "--socket", Socket).Succeeded, TimeSpan.FromSeconds(20), () => _process.HasExited);
        Assert.True(answers, _process.Output + _process.Error);
    }

    public override string Name => "weft";

    private string Socket => Path.Combine(_folder, "weft.sock");

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "weft.dll");

    public override string Groups() => Show("groups");

    /// <summary>What <c>weft show multicast</c> prints.</summary>
    public string Show(string part) => Run("show", "multicast", part, "--socket", Socket).Required().Output;

    public override void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static CommandResult Run(params string[] arguments) => Command.Run("dotnet", [Executable, .. arguments]);
}

/// <summary>The kernel's bridge.</summary>
internal sealed class LinuxBridge : SnoopingSwitch
{
    private readonly NetNamespace _space;

    public LinuxBridge(NetNamespace space, string[] devices, bool queries)
    {
        _space = space;
        CommandResult made = Command.Run(
            "ip", "-n", space.Name, "link", "add", "name", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_igmp_version", "3", "mcast_mld_version", "2",
            "mcast_query_response_interval", "100", "mcast_startup_query_interval", "100", "mcast_startup_query_count", "10");
        Assert.SkipUnless(made.Succeeded, "needs a kernel with a snooping bridge");
        // Afterwards, because it floods for the response time that it has at this moment.
        space.Ip("link", "set", "dev", "br0", "type", "bridge", "mcast_querier", queries ? "1" : "0");
        foreach (string device in devices)
        {
            space.Ip("link", "set", "dev", device, "master", "br0");
        }

        if (queries)
        {
            // It asks IPv6 hosts from an address of its own only.
            space.Run("sysctl", "-q", "-w", "net.ipv6.conf.br0.accept_dad=0", "net.ipv6.conf.br0.disable_ipv6=0");
        }

        space.Ip("link", "set", "dev", "br0", "up");
    }

    public override string Name => $"Linux bridge {string.Join('.', Environment.OSVersion.Version.Major, Environment.OSVersion.Version.Minor)}";

    public override string Groups() => Command.Run("bridge", "-n", _space.Name, "-d", "mdb", "show").Required().Output;

    public override void Dispose() => _space.Ip("link", "del", "dev", "br0");
}

/// <summary>Open vSwitch with its userspace datapath, which drops what nobody joined.</summary>
internal sealed class OpenVSwitch : SnoopingSwitch
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-mc-").FullName;
    private readonly List<RunningCommand> _daemons = [];

    public OpenVSwitch(NetNamespace space, string[] devices)
    {
        Assert.SkipUnless(File.Exists(Schema), "needs Open vSwitch's schema");
        string database = Path.Combine(_folder, "conf.db");
        Command.Run("ovsdb-tool", "create", database, Schema).Required();
        _daemons.Add(Command.Start("ovsdb-server", database, $"--remote=punix:{_folder}/db.sock", $"--unixctl={_folder}/db.ctl"));
        Assert.True(Wait.Until(() => File.Exists($"{_folder}/db.sock"), TimeSpan.FromSeconds(30)), _daemons[0].Error);
        _daemons.Add(space.Start("ovs-vswitchd", $"unix:{_folder}/db.sock", $"--unixctl={_folder}/vs.ctl"));
        Control(
        [
            "--no-wait", "init", "--", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail_mode=standalone", "mcast_snooping_enable=true",
            "other_config:mcast-snooping-disable-flood-unregistered=true", .. devices.SelectMany(device => new string[] { "--", "add-port", "br0", device }),
        ]);
        bool ready = Wait.Until(() => Ask("dpif/show").Contains(devices[^1], StringComparison.Ordinal), TimeSpan.FromSeconds(15));
        Assert.True(ready, _daemons[1].Error);
    }

    public override string Name => "Open vSwitch " + string.Join('.', Command.Run("ovs-vswitchd", "--version").Output.Split('\n')[0].Split(' ')[^1].Split('.')[..2]);

    /// <summary>The process whose CPU time is the switch's.</summary>
    public int ProcessId => _daemons[1].ProcessId;

    public override string Groups() => Ask("mdb/show", "br0");

    public override void Dispose()
    {
        // A bridge that is not deleted leaves devices behind.
        Control(["del-br", "br0"]);
        _daemons.AsEnumerable().Reverse().ToList().ForEach(daemon => daemon.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private void Control(string[] arguments) => Command.Run("ovs-vsctl", [$"--db=unix:{_folder}/db.sock", "--timeout=15", .. arguments]);

    private string Ask(params string[] arguments) => Command.Run("ovs-appctl", ["-t", $"{_folder}/vs.ctl", .. arguments]).Output;
}
