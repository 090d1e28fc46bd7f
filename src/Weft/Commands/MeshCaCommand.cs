using System.CommandLine;
using Weft.Host.Control;
using Weft.Host.Datapath;

namespace Weft.Cli.Commands;

/// <summary><c>weft mesh ca init|issue</c>: certificates to try a mesh with.</summary>
internal static class MeshCaCommand
{
    public static Command Create() => new("ca", "Make certificates to try a mesh with. Production certificates come from outside (SPIRE, cert-manager, a PKI of your own).") { Init(), Issue() };

    private static Command Init()
    {
        var folder = new Argument<string>("FOLDER") { HelpName = "FOLDER", Description = "Where the authority's certificate and key go." };
        var domain = new Option<string>("--trust-domain") { HelpName = "domain", Description = "The trust domain, such as mesh.example.", Required = true };
        var command = new Command("init", "Make an authority.") { folder, domain };
        command.SetAction(parsed => Run(() => MeshAuthority.Initialize(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(domain))));
        return command;
    }

    private static Command Issue()
    {
        var folder = new Argument<string>("FOLDER") { HelpName = "FOLDER", Description = "Folder of the authority." };
        var identity = new Argument<string>("IDENTITY") { HelpName = "IDENTITY", Description = "The SPIFFE ID, such as spiffe://mesh.example/web." };
        var to = new Option<string>("--to") { HelpName = "folder", Description = "Where cert.pem, key.pem and bundle.pem go; the ones there are replaced.", Required = true };
        var hours = new Option<int>("--hours") { HelpName = "hours", Description = "How long it is valid.", DefaultValueFactory = _ => 24 };
        hours.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 8760)
            {
                result.AddError("--hours must be 1 to 8760");
            }
        });
        var command = new Command("issue", "Make a key and a certificate; the agent that watches the files takes them at once.") { folder, identity, to, hours };
        command.SetAction(parsed => Run(() => MeshAuthority.Issue(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(identity), parsed.GetRequiredValue(to), TimeSpan.FromHours(parsed.GetValue(hours)))));
        return command;
    }

    private static int Run(Action action)
    {
        try
        {
            action();
            return ExitCode.Success;
        }
        catch (SwitchStartException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return ExitCode.Unavailable;
        }
    }
}
