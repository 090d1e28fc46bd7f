using System.CommandLine;
using System.Globalization;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath.Security;

namespace Weft.Cli.Commands;

/// <summary><c>weft rekey --peer A --direction in|out</c>: adds, replaces or removes a security association of a running switch.</summary>
internal static class RekeyCommand
{
    public static Command Create()
    {
        var socket = ControlSocket.Option();
        var peer = new Option<string>("--peer") { Description = "Address of the protected peer.", Required = true, HelpName = "address" };
        var service = new Option<string>("--service") { Description = "The machine's service that encrypts towards the peer (services[].name); without it the peer is a tunnel endpoint's.", HelpName = "name" };
        var direction = new Option<string>("--direction") { Description = "in: what this switch opens with; out: what it seals with.", Required = true }.AcceptOnlyFromAmong("in", "out");
        var add = new Option<string>("--add") { Description = "SPI of the association to add.", HelpName = "spi" };
        var remove = new Option<string>("--remove") { Description = "SPI of the association to remove; outbound, the added one takes its place.", HelpName = "spi" };
        var algorithm = new Option<string>("--algorithm") { Description = "Cipher of the added one.", DefaultValueFactory = _ => AssociationPlan.AlgorithmNames[0] }.AcceptOnlyFromAmong([.. AssociationPlan.AlgorithmNames]);
        var keyFile = new Option<string>("--key-file") { Description = "File with key and salt of the added one, mode 0600, on the switch's machine.", HelpName = "path" };
        var command = new Command(
            "rekey",
            "Add, replace or remove a security association. Without loss: first 'in --add' at both ends, then 'out --add --remove' at both, later 'in --remove'.")
        {
            socket, peer, service, direction, add, remove, algorithm, keyFile,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            uint? added = Spi(parsed.GetValue(add));
            if (!TunnelAddress.TryParse(parsed.GetRequiredValue(peer), out TunnelAddress address) || (added is null) != (parsed.GetValue(keyFile) is null))
            {
                Console.Error.WriteLine("--peer takes an IP address; --add and --key-file go together, and SPIs are 256 to 4294967295, decimal or 0x hexadecimal");
                return ExitCode.Refused;
            }

            AssociationPlan? association = added is uint spi
                ? AssociationPlan.Of(spi, parsed.GetRequiredValue(algorithm), Path.GetFullPath(parsed.GetValue(keyFile)!))
                : null;
            try
            {
                var request = new RekeyRequest(address, parsed.GetRequiredValue(direction) == "in", association, Spi(parsed.GetValue(remove)), parsed.GetValue(service));
                await ControlClient.RekeyAsync(parsed.GetRequiredValue(socket), request, cancellation).ConfigureAwait(false);
                return ExitCode.Success;
            }
            catch (ControlException refused)
            {
                Console.Error.WriteLine(refused.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static uint? Spi(string? text)
    {
        bool isHex = text?.StartsWith("0x", StringComparison.Ordinal) == true;
        return uint.TryParse(isHex ? text![2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out uint spi) && spi >= AssociationPlan.MinSpi
            ? spi
            : null;
    }
}
