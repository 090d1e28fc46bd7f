using Weft.Host.Datapath;
using Weft.Packets;

namespace Weft.Host.Control;

/// <summary>Requests about ports and the flows of machines and load balancers.</summary>
internal static class ControlOfFlows
{
    /// <summary>Carries a request out.</summary>
    /// <exception cref="FormatException">An address is none.</exception>
    /// <exception cref="InvalidOperationException">There is no such NAT, load balancer or shut port, or the flows cannot be taken over.</exception>
    public static async Task<ControlResponse> AnswerAsync(SwitchHost host, ControlRequest request)
    {
        switch (request.Verb)
        {
            case "drain-lb":
                await host.DrainLbAsync(request.Subject ?? "").ConfigureAwait(false);
                return new ControlResponse();
            case "enable-port":
                await host.EnablePortAsync(request.Subject ?? "").ConfigureAwait(false);
                return new ControlResponse();
            case "drain-sase":
                await host.DrainSaseAsync(back: request.Subject == "back").ConfigureAwait(false);
                return new ControlResponse();
            case "nat-export":
                return new ControlResponse { Flows = await host.ExportMachineAsync(request.Nat, IPv4Address.Parse(request.Subject)).ConfigureAwait(false) };
            case "nat-import":
                bool isComplete = await host.ImportMachineAsync(request.Nat, request.Flows ?? []).ConfigureAwait(false);
                return isComplete ? new ControlResponse() : new ControlResponse { Error = "not all flows could be taken over: for some there is no room, or their ports are taken" };
            default:
                _ = await host.MoveMachineAsync(request.Nat, IPv4Address.Parse(request.Subject), IPv6Address.Parse(request.To)).ConfigureAwait(false);
                return new ControlResponse();
        }
    }
}
