using Weft.Host.Datapath.Machines;
using Weft.Services;

namespace Weft.Host.Stages;

/// <summary>What a trace says of a packet's way through services.</summary>
internal static class MachineNotes
{
    public static string Describe(Machine machine, ServiceDirection direction, in ServiceResult result, int place) =>
        $"{(direction == ServiceDirection.FromMachine ? "from" : "to")} machine {machine.Plan.Name} by {Services(machine, direction, result, place)}";

    /// <summary>Which services saw a packet, what they say of its flow, and which one refused it and why.</summary>
    public static string Services(Machine machine, ServiceDirection direction, in ServiceResult result, int place)
    {
        (string Service, string? Words)[] visited = [.. machine.Set.Explain(place)];
        if (direction == ServiceDirection.ToMachine)
        {
            Array.Reverse(visited);
        }

        string services = visited.Length == 0 ? "no service" : string.Join(", ", visited.Select(said => said.Words is null ? said.Service : $"{said.Service} ({said.Words})"));
        string end = result.Action switch
        {
            ServiceAction.Forward => "",
            ServiceAction.Consume => result.Service < 0 ? "; waits for the first fragment of its datagram" : $"; {machine.Services[result.Service].Name} keeps it",
            ServiceAction.Hold => "; waits while the machine moves",
            _ => result.Service < 0 ? $"; refused: {Words(result.Reason)}" : $"; {machine.Services[result.Service].Name} refuses it: {Words(result.Reason)}",
        };
        return services + end;
    }

    private static string Words(ServiceReason reason) => reason switch
    {
        ServiceReason.InvalidState => "not of its connection",
        ServiceReason.RateExceeded => "beyond a rate",
        ServiceReason.NoResource => "nobody to give it to",
        ServiceReason.TooLong => "too long",
        ServiceReason.Unprotected => "not protected",
        ServiceReason.Forged => "not authentic",
        ServiceReason.Malformed => "damaged",
        ServiceReason.FlowTableFull => "too many flows",
        ServiceReason.HalfOpenLimit => "too many flows that are not answered",
        ServiceReason.FlowConflict => "its flow would be mistaken for another",
        ServiceReason.FragmentUnknown => "its first fragment is not known",
        ServiceReason.ErrorUnknownFlow => "an error about no known flow",
        ServiceReason.ServiceQuarantined => "the service is quarantined",
        ServiceReason.ServiceFault => "the service failed",
        ServiceReason.ServiceUnavailable => "the service is not there",
        ServiceReason.Misrouted => "not at the end of its service path",
        ServiceReason.BudgetExceeded => "no time left",
        _ => "policy",
    };
}
