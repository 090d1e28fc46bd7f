using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Open vSwitch with an active-backup bond towards a peer, and machines behind another port: when the active member loses its carrier,
/// it announces them on the other one (its "learning packets").
/// </summary>
internal sealed class OvsBondLab : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-bond-").FullName;
    private readonly NetNamespace _switch;
    private readonly List<RunningCommand> _daemons = [];

    /// <param name="options">Options of the bond; none for active-backup.</param>
    public OvsBondLab(params string[] options)
    {
        options = options.Length > 0 ? options : ["bond_mode=active-backup"];
        LiveRequirements.Need("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl");
        const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";
        Assert.SkipUnless(File.Exists(Schema), "needs Open vSwitch's schema");
        _switch = NetNamespace.Create();
        Peer = NetNamespace.Create();
        Machines = NetNamespace.Create();
        try
        {
            _switch.AddVeth("m1", Peer, "p1");
            _switch.AddVeth("m2", Peer, "p2");
            _switch.AddVeth("h0", Machines, "v0");
            Command.Run("ovsdb-tool", "create", $"{_folder}/conf.db", Schema).Required();
            _daemons.Add(Command.Start("ovsdb-server", $"{_folder}/conf.db", $"--remote=punix:{_folder}/db.sock", $"--unixctl={_folder}/db.ctl"));
            Assert.True(Wait.Until(() => File.Exists($"{_folder}/db.sock"), TimeSpan.FromSeconds(20)), _daemons[0].Error);
            _daemons.Add(_switch.Start("ovs-vswitchd", $"unix:{_folder}/db.sock", $"--unixctl={_folder}/vs.ctl"));
            Ovs(
            [
                "--no-wait", "init", "--", "add-br", "bond", "--", "set", "bridge", "bond", "datapath_type=netdev", "fail_mode=standalone", "other-config:mac-table-size=16384",
                "--", "add-bond", "bond", "bnd", "m1", "m2", .. options, "--", "add-port", "bond", "h0",
            ]);
            Assert.True(Wait.Until(() => Appctl("bond/show", "bnd").Contains(options[0].Split('=')[1], StringComparison.Ordinal), TimeSpan.FromSeconds(20)), _daemons[1].Error);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetNamespace Peer { get; }

    public NetNamespace Machines { get; }

    /// <summary>The peer's end of the member that is active: 1 or 2.</summary>
    public int Active => Appctl("bond/show", "bnd").Split('\n').SkipWhile(line => !line.Contains("active-backup primary", StringComparison.Ordinal) && !line.StartsWith("active member", StringComparison.Ordinal))
        .Any(line => line.Contains("(m2)", StringComparison.Ordinal)) ? 2 : 1;

    public int Learned(string prefix) => Appctl("fdb/show", "bond").Split('\n').Count(line => line.Contains($"  {prefix}", StringComparison.Ordinal));

    public void Dispose()
    {
        if (_daemons.Count == 2)
        {
            Ovs("del-br", "bond");
        }

        _daemons.AsEnumerable().Reverse().ToList().ForEach(daemon => daemon.Dispose());
        foreach (NetNamespace? space in new[] { _switch, Peer, Machines })
        {
            space?.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Ovs(params string[] arguments) => Command.Run("ovs-vsctl", [$"--db=unix:{_folder}/db.sock", "--timeout=10", .. arguments]);

    /// <summary>Asks the daemon.</summary>
    public string Appctl(params string[] arguments) => Command.Run("ovs-appctl", ["-t", $"{_folder}/vs.ctl", .. arguments]).Output;
}
