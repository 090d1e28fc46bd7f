using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>FRR's daemons in a namespace, each with a configuration of its own, without their installation's files.</summary>
internal sealed class FrrDaemons : IDisposable
{
    private const string Place = "/usr/lib/frr/";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly List<(string Name, RunningCommand Process)> _daemons = [];

    /// <param name="space">The namespace.</param>
    /// <param name="configurations">Daemons to start behind zebra, with their configuration.</param>
    public FrrDaemons(NetNamespace space, params (string Daemon, string Configuration)[] configurations)
    {
        // FRR gives up its privileges, so its files must be its user's, where that user may go.
        _folder = $"/tmp/{space.Name}-frr";
        Directory.CreateDirectory(_folder);
        try
        {
            (string Daemon, string Configuration)[] all = [("zebra", ""), .. configurations];
            foreach ((string daemon, string configuration) in all)
            {
                File.WriteAllText($"{_folder}/{daemon}.conf", configuration);
            }

            Command.Run("chown", "-R", "frr:frr", _folder).Required();
            foreach ((string daemon, _) in all)
            {
                string[] more = daemon == "bfdd" ? ["--bfdctl", $"{_folder}/bfdd.ctl"] : [];
                _daemons.Add((daemon, space.Start(Place + daemon, ["-f", $"{_folder}/{daemon}.conf", "-i", $"{_folder}/{daemon}.pid", "-z", $"{_folder}/zebra.sock", "--vty_socket", _folder, "--log", "stdout", .. more])));
                string sign = daemon == "zebra" ? $"{_folder}/zebra.sock" : $"{_folder}/{daemon}.vty";
                RunningCommand process = _daemons[^1].Process;
                Assert.True(Wait.Until(() => File.Exists(sign), Patience, () => process.HasExited), Log);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What they said.</summary>
    public string Log => string.Join('\n', _daemons.Select(daemon => $"{daemon.Name}: {daemon.Process.Output}{daemon.Process.Error}"));

    /// <summary>Skips the test if they are not installed.</summary>
    public static void Need(params string[] daemons)
    {
        foreach (string daemon in daemons)
        {
            Assert.SkipUnless(File.Exists(Place + daemon), $"needs FRR's {daemon}");
        }
    }

    /// <summary>Ends one of them.</summary>
    public void End(string daemon) => _daemons.Find(known => known.Name == daemon).Process.Dispose();

    public void Dispose()
    {
        foreach ((_, RunningCommand process) in _daemons)
        {
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
