using Weft.Encap;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Security;

/// <summary>
/// One step of a rekey. A rekey without loss is: both ends add the new inbound association, then replace the outbound one, and
/// once nothing under way can use the old ones any more, remove those.
/// </summary>
/// <param name="Peer">The protected peer.</param>
/// <param name="Inbound">Whether the inbound side changes, or the outbound side.</param>
/// <param name="Add">The association to add, or null.</param>
/// <param name="Remove">SPI of the association to remove, or null; outbound, the added one takes its place and its queue.</param>
/// <param name="Service">The service of a machine that encrypts towards the peer; null for tunnel endpoints.</param>
public sealed record RekeyRequest(TunnelAddress Peer, bool Inbound, AssociationPlan? Add, uint? Remove, string? Service = null)
{
    /// <summary>The configuration after the step.</summary>
    /// <exception cref="ArgumentException">There is no such service, the peer is not protected, the SPI to remove is not there or the one to add is, or no association would be left.</exception>
    public SwitchPlan ApplyTo(SwitchPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (Service is not null)
        {
            return ApplyToService(plan);
        }

        if (!plan.Vteps.Any(vtep => vtep.Security.Any(security => security.Peer == Peer)))
        {
            throw new ArgumentException($"{Peer} is no protected peer.");
        }

        if (Inbound && Add is not null && plan.Vteps.Any(vtep => vtep.Security.Any(security => security.Inbound.Any(known => known.Spi == Add.Spi))))
        {
            throw new ArgumentException($"0x{Add.Spi:x} is an inbound association already.");
        }

        return plan with { Vteps = [.. plan.Vteps.Select(vtep => vtep with { Security = [.. vtep.Security.Select(Change)] })] };
    }

    private SwitchPlan ApplyToService(SwitchPlan plan)
    {
        ServicePlan service = plan.Services.FirstOrDefault(known => known.Name == Service && known.Encryption.Count > 0)
            ?? throw new ArgumentException($"There is no service '{Service}' that encrypts.");
        if (!service.Encryption.Any(security => security.Peer == Peer))
        {
            throw new ArgumentException($"{Peer} is no machine that the service '{Service}' encrypts for.");
        }

        if (Inbound && Add is not null && service.Encryption.Any(security => security.Inbound.Any(known => known.Spi == Add.Spi)))
        {
            throw new ArgumentException($"0x{Add.Spi:x} is an inbound association already.");
        }

        return plan with { Services = [.. plan.Services.Select(known => ReferenceEquals(known, service) ? known with { Encryption = [.. known.Encryption.Select(Change)] } : known)] };
    }

    private SecurityPlan Change(SecurityPlan security) => security.Peer != Peer
        ? security
        : Inbound ? security with { Inbound = Change(security.Inbound) } : security with { Outbound = Change(security.Outbound) };

    private AssociationPlan[] Change(IReadOnlyList<AssociationPlan> associations)
    {
        var changed = associations.ToList();
        int removed = Remove is uint spi ? changed.FindIndex(association => association.Spi == spi) : -1;
        if (Remove is uint missing && removed < 0)
        {
            throw new ArgumentException($"There is no association 0x{missing:x} to remove.");
        }

        if (Add is not null && changed.Any(association => association.Spi == Add.Spi))
        {
            throw new ArgumentException($"0x{Add.Spi:x} is an association already.");
        }

        int? queue = removed >= 0 ? changed[removed].Queue : null;
        if (removed >= 0)
        {
            changed.RemoveAt(removed);
        }

        if (Add is not null)
        {
            // In the place of its predecessor: the same share of the flows.
            changed.Insert(removed >= 0 ? removed : changed.Count, Add with { Queue = Inbound ? null : Add.Queue ?? queue });
        }

        return changed.Count > 0 ? [.. changed] : throw new ArgumentException("The last association cannot be removed.");
    }
}
