using System.CommandLine;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft sase drain|undrain --socket PATH</c>, and <c>weft drain NODE --socket PATH</c>: takes a service node out of use, gently.</summary>
internal static class SaseCommand
{
    public static Command Create() => new("sase", "Work on points of presence.")
    {
        Verb("drain", "Have a service node hand its bundles over to their backups, flows first, and take no others.", back: false),
        Verb("undrain", "Have it take bundles again.", back: true),
    };

    /// <summary>The same as <c>weft sase drain</c>, for who wants to be sure of the node.</summary>
    public static Command CreateDrain()
    {
        var node = new Argument<string>("node") { Description = "The node's tunnel address (sase[].address); another node's switch refuses." };
        return Verb("drain", "Have a service node of a point of presence hand its bundles over to their backups, flows first, and take no others.", back: false, node);
    }

    private static Command Verb(string name, string description, bool back, Argument<string>? node = null)
    {
        var socket = ControlSocket.Option();
        var command = new Command(name, description) { socket };
        if (node is not null)
        {
            command.Add(node);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                string path = parsed.GetRequiredValue(socket);
                if (node is not null && parsed.GetRequiredValue(node) is string wanted && await AddressOfAsync(path, cancellation).ConfigureAwait(false) is var found && found != wanted)
                {
                    Console.Error.WriteLine(found is null ? "The switch is in no point of presence." : $"The switch is {found}, not {wanted}.");
                    return ExitCode.Unavailable;
                }

                await ControlClient.DrainSaseAsync(path, back, cancellation).ConfigureAwait(false);
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

    private static async Task<string?> AddressOfAsync(string path, CancellationToken cancellation) =>
        (await ControlClient.ShowAsync(path, ShowTopic.Sase, cancellation: cancellation).ConfigureAwait(false)).Sase?.Address;
}
