using Weft.Host.Config.Document;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Config.Validation;

/// <summary>Workers: that each has a processor if any has, and that their buffers are enough for the rings between them.</summary>
internal static class WorkerValidator
{
    public static void Validate(ValidationContext context)
    {
        GeneralSection general = context.Document.General;
        if (!general.Workers.IsKnown)
        {
            return;
        }

        int workers = general.Workers.Value;
        if (general.Cores.Count > 0 && general.Cores.Count != workers)
        {
            context.Problems.Error(general.Cores[0].At, $"there are {general.Cores.Count} processors for {workers} workers", $"a list of {workers}");
        }

        UniqueValidator.Check(general.Cores.Where(core => core.IsKnown).Select(core => ($"processor {core.Value}", core.At)), "is another worker's already", context.Problems);
        int least = WorkerExchange.BuffersPerPeer * (workers - 1);
        if (general.PoolBuffers is { IsKnown: true } buffers && buffers.Value < least)
        {
            context.Problems.Error(buffers.At, $"{buffers.Value} packet buffers are too few for the rings between {workers} workers", $"at least {least}");
        }
    }
}
