using Weft.Host.Config;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Sase;
using Weft.Services;

namespace Weft.Host.Datapath.Presence;

/// <summary>
/// The services that tenants' packets pass on a service node. A tenant with services is to them what a machine is, and shares no flow, no state and
/// no time with another one.
/// </summary>
internal sealed partial class TenantServices : IServiceChain, IServiceMemory, IDisposable
{
    private readonly ServiceResult[] _result = new ServiceResult[1];
    private readonly byte[] _answer = new byte[Rejection.MaxBytes];
    private int _answerLength;
    private MachineSets _tenants;
    private Dictionary<uint, Machine> _byVni;
    private string? _note;

    public TenantServices(SwitchPlan plan, SasePlan sase, SecurityAssociations security, HashSeed seed, Timestamp start, EventLog events, bool isTwin)
    {
        _tenants = new MachineSets(plan with { Machines = [.. sase.Tenants.Where(tenant => tenant.Services.Count > 0).Select(tenant => PlanOf(tenant, sase))] }, security, seed, start, events, isTwin);
        _byVni = _tenants.All.ToDictionary(tenant => tenant.Plan.Id);
    }

    /// <summary>The tenants that have services, as machines named after them; their numbers are their virtual networks.</summary>
    public Machine[] All => _tenants.All;

    /// <summary>Whether somebody wants to read what services say of packets.</summary>
    public bool Explains { get; set; }

    /// <summary>What services said of the last packet that met any, once; null if somebody has asked already.</summary>
    public string? TakeNote()
    {
        string? note = _note;
        _note = null;
        return note;
    }

    /// <summary>Why the last packet was refused.</summary>
    public ServiceReason Refusal => _result[0].Reason;

    public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now)
    {
        if (!_byVni.TryGetValue(vni, out Machine? tenant))
        {
            return true;
        }

        PacketLayout own = layout;
        var packet = new TenantPacket(frame, ref own);
        ServiceDirection direction = inward ? ServiceDirection.ToMachine : ServiceDirection.FromMachine;
        Touch(vni);
        tenant.Set.Process(ref packet, direction, _result, now);
        if (Explains)
        {
            _note = MachineNotes.Services(tenant, direction, _result[0], place: 0);
        }

        // An answer takes the place of the packet that was refused; for anything else that services send there is no way.
        _answerLength = 0;
        bool isRefused = _result[0].Action == ServiceAction.Drop;
        ServiceOutput back = inward ? ServiceOutput.FromMachine : ServiceOutput.ToMachine;
        while (tenant.Set.Outbox.TryTake(out ReadOnlySpan<byte> sent, out ServiceOutput where))
        {
            if (isRefused && where == back && _answerLength == 0 && sent.TryCopyTo(_answer))
            {
                _answerLength = sent.Length;
                continue;
            }

            tenant.NotSent++;
        }

        return _result[0].Action == ServiceAction.Forward;
    }

    public int TakeAnswer(Span<byte> answer)
    {
        int length = _answer.AsSpan(0, _answerLength).TryCopyTo(answer) ? _answerLength : 0;
        _answerLength = 0;
        return length;
    }

    /// <summary>Ends flows that are silent.</summary>
    public void Advance(Timestamp now)
    {
        foreach (Machine tenant in _tenants.All)
        {
            tenant.Advance(now);
        }
    }

    /// <summary>Takes the services of a new configuration, which go on with what those of tenants of the same name know; the other gets the old ones, to be freed.</summary>
    public void Exchange(TenantServices next, Timestamp now)
    {
        next._tenants.CarryOver(_tenants, now);
        (_tenants, next._tenants) = (next._tenants, _tenants);
        (_byVni, next._byVni) = (next._byVni, _byVni);
    }

    public void Dispose() => _tenants.Dispose();

    private static MachinePlan PlanOf(SaseTenantPlan tenant, SasePlan sase) => new()
    {
        Name = tenant.Name,
        Id = tenant.Segment.Vni,
        Services = tenant.Services,
        IPv4Flows = Math.Max(16, Math.Min(tenant.Segment.FlowQuota, sase.Flows)),
        IPv6Flows = 16,
        Budget = tenant.Budget,
    };

    /// <summary>One packet as a burst; its length is settled.</summary>
    private readonly ref struct TenantPacket(Span<byte> frame, ref PacketLayout layout) : IServicePackets
    {
        private readonly Span<byte> _frame = frame;
        private readonly ref PacketLayout _layout = ref layout;

        public int Count => 1;

        public Span<byte> Bytes(int index) => _frame;

        public ref PacketLayout Layout(int index) => ref _layout;

        public bool TryResize(int index, int front, int back) => false;
    }
}
