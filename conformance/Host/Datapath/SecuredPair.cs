using System.Globalization;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two weft processes, each with a configuration file, keys and a control socket of its own, that protect the tunnel of a
/// <see cref="FragmentationLab"/>. Keys are derived from the SPI, so that a judge can have them too.
/// </summary>
internal sealed class SecuredPair : IDisposable
{
    /// <summary>The association from left to right, and from right to left.</summary>
    public const uint ToRight = 0x1000, ToLeft = 0x2000;

    private readonly TemporaryFolder _folder = new();
    private readonly RunningCommand[] _switches = new RunningCommand[2];
    private readonly FragmentationLab _lab;
    private readonly bool _inUdp;
    private readonly bool _extended;

    /// <param name="lab">The network.</param>
    /// <param name="inUdp">Whether ESP goes in UDP.</param>
    /// <param name="extended">Whether sequence numbers have 64 bits.</param>
    /// <param name="workers">Workers of each switch, and associations in each direction, aimed at one of the other's workers each.</param>
    public SecuredPair(FragmentationLab lab, bool inUdp = true, bool extended = true, int workers = 1)
    {
        (_lab, _inUdp, _extended) = (lab, inUdp, extended);
        for (int side = 0; side < 2; side++)
        {
            Configure(side, workers, associations: workers);
            Start(side);
        }

        bool up = Wait.Until(() => lab.Ping(100, count: 1).Succeeded, TimeSpan.FromSeconds(30), () => _switches.Any(process => process.HasExited));
        Assert.True(up, string.Concat(_switches.Select(process => process.Output + process.Error)));
    }

    /// <summary>Writes a switch's configuration.</summary>
    public void Configure(int side, int workers, int associations)
    {
        string steering = associations > 1 ? $", steering: {{queues: {associations}}}" : "";
        string security = $"security: [{{peer: {FragmentationLab.Endpoint(1 - side)}, udpEncapsulation: {Word(_inUdp)}, extendedSequence: {Word(_extended)}{steering}, "
            + $"outbound: [{Associations(side, side, associations)}], inbound: [{Associations(side, 1 - side, associations)}]}}]";
        string text = _lab.Configuration(side, $"fragmentation: {{policy: fragment}}, {security}", Socket(side));
        _ = _folder.Write($"{side}.yaml", text.Replace("switch: {", $"switch: {{workers: {workers}, ", StringComparison.Ordinal));
    }

    /// <summary>Starts a switch, after killing the one that runs.</summary>
    public void Start(int side)
    {
        _switches[side]?.Dispose();
        _switches[side] = WeftProgram.Start("run", _folder.File($"{side}.yaml"));
    }

    /// <summary>Has a switch read its configuration again.</summary>
    public void Reload(int side) => Command.Run("kill", "-HUP", $"{_switches[side].ProcessId}").Required();

    /// <summary>Key and salt of an association, in hexadecimal.</summary>
    public static string Key(uint spi) => Convert.ToHexStringLower(SecurityLab.Options(spi).KeyMaterial.Span);

    /// <summary>A place for a file.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary><c>weft rekey</c> at one side, for a step that succeeds.</summary>
    public void Rekey(int side, string direction, uint? add = null, uint? remove = null) => Ask(side, "rekey", [
        "--peer", FragmentationLab.Endpoint(1 - side), "--direction", direction,
        .. add is uint added ? (string[])["--add", Hex(added), "--key-file", KeyFile(side, added)] : [],
        .. remove is uint removed ? (string[])["--remove", Hex(removed)] : []]).Required();

    /// <summary>A command to the switch of one side.</summary>
    public CommandResult Ask(int side, string command, params string[] arguments) => WeftProgram.Run([command, .. arguments, "--socket", Socket(side)]);

    /// <summary>The file of a key, readable by its owner alone; each side has its own copy.</summary>
    public string KeyFile(int side, uint spi)
    {
        string path = _folder.File($"{side}-{spi:x}.key");
        if (!System.IO.File.Exists(path))
        {
            System.IO.File.WriteAllText(path, Key(spi) + "\n");
            if (!OperatingSystem.IsWindows())
            {
                System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        return path;
    }

    public void Dispose()
    {
        foreach (RunningCommand process in _switches)
        {
            process?.Dispose();
        }

        _folder.Dispose();
    }

    private string Associations(int side, int from, int count) => string.Join(", ", Enumerable.Range(0, count).Select(place =>
    {
        uint spi = Outbound(from) + (uint)place;
        return $"{{spi: {spi}, keyFile: {KeyFile(side, spi)}{(count > 1 && from == side ? $", queue: {place}" : "")} }}";
    }));

    private static uint Outbound(int side) => side == 0 ? ToRight : ToLeft;

    private static string Word(bool value) => value ? "true" : "false";

    private static string Hex(uint spi) => "0x" + spi.ToString("x", CultureInfo.InvariantCulture);

    private string Socket(int side) => _folder.File($"{side}.sock");
}
