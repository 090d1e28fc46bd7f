using System.Diagnostics;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>One database and daemon of Open vSwitch, with all files in a folder.</summary>
/// <param name="folder">The folder, which exists.</param>
/// <param name="run">Starts a program where the daemon is to be.</param>
internal sealed class OvsInstance(string folder, Func<string, string[], Process> run)
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";
    private const string Installed = "/usr/lib/openvswitch-switch/ovs-vswitchd";
    private Process? _database;
    private Process? _daemon;

    /// <summary>Why it cannot be measured here; null if it can.</summary>
    public static string? Missing => File.Exists(Schema) && PeerProcess.Exists("ovsdb-tool") && PeerProcess.Exists("ovs-vsctl") ? null : "needs openvswitch-switch";

    /// <summary>Starts the database, at the first call.</summary>
    /// <returns>True once it answers.</returns>
    public bool StartDatabase()
    {
        if (_database is null)
        {
            _ = PeerProcess.Run("ovsdb-tool", "create", $"{folder}/conf.db", Schema);
            _database = run("ovsdb-server", [$"{folder}/conf.db", $"--remote=punix:{folder}/db.sock", $"--unixctl={folder}/db.ctl"]);
        }

        if (!File.Exists($"{folder}/db.sock"))
        {
            return false;
        }

        _ = Vsctl("--no-wait", "init");
        return true;
    }

    public void StartDaemon() => _daemon = run(File.Exists(Installed) ? Installed : "ovs-vswitchd", [$"unix:{folder}/db.sock", $"--unixctl={folder}/vs.ctl"]);

    /// <summary>Ends the daemon as its operators do.</summary>
    public void StopDaemon()
    {
        _ = PeerProcess.Run("ovs-appctl", "-t", $"{folder}/vs.ctl", "exit");
        _daemon!.WaitForExit();
    }

    public string Vsctl(params string[] arguments) => PeerProcess.Run("ovs-vsctl", [$"--db=unix:{folder}/db.sock", "--timeout=20", .. arguments]).Output;
}
