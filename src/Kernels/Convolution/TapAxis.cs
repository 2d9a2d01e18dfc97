namespace Functional.Kernels;

/// <summary>
/// One axis of a correlation: which source positions the taps of a kernel meet for each result position. Forward, tap k
/// of position p meets p * Stride + k * Dilation - Pad; backward it meets (p + Pad - k * Dilation) / Stride, where that is an
/// integer. Positions whose taps meet the source in the same pattern form a class: all inner positions, as a rule, and each
/// position at the border. So a class needs no padding, and its members are equally far apart.
/// </summary>
internal unsafe struct TapAxis
{
    public int Result;
    public int Source;
    public int Taps;
    public int Stride;
    public int Pad;
    public int Dilation;
    public bool Backward;

    /// <summary>The step between taps that meet a source position.</summary>
    public int Step;

    /// <summary>The number of classes.</summary>
    public int Classes;

    /// <summary>[Classes + 1] The index of each class's first member.</summary>
    public int* Start;

    /// <summary>[Classes] The first tap that meets a source position.</summary>
    public int* First;

    /// <summary>[Classes] The last tap that meets a source position; -1 if none does.</summary>
    public int* Last;

    /// <summary>[Result] The members: positions, class by class, in ascending order.</summary>
    public int* Members;

    /// <summary>[Result] For each member, the source position that its class's first tap meets, or 0.</summary>
    public int* Base;

    /// <summary>[Taps] The position of each tap in the packed kernel, where taps that meet neighbours are neighbours.</summary>
    public int* Order;

    /// <summary>The number of int32 that <see cref="Classify"/> needs.</summary>
    public readonly long Room => (6L * Result) + Taps + 2;

    /// <summary>The source position that a tap meets, if it meets one.</summary>
    public readonly int Meets(int position, int tap) =>
        Backward
            ? (position + Pad - (tap * Dilation)) / Stride
            : (position * Stride) + (tap * Dilation) - Pad;

    /// <summary>The distance between the source positions of consecutive taps that meet one.</summary>
    public readonly int Move => Backward ? -(Step * Dilation / Stride) : Dilation;

    public void Classify(int* room)
    {
        Step = Backward ? Stride / Divisor(Stride, Dilation) : 1;
        Start = room;
        First = Start + Result + 1;
        Last = First + Result;
        Members = Last + Result;
        Base = Members + Result;
        int* classOf = Base + Result;
        Order = classOf + Result;

        OrderTaps();
        FindClasses(classOf);
        CollectMembers(classOf);
    }

    // Backward, later taps meet earlier positions.
    private readonly void OrderTaps()
    {
        for (int phase = 0, next = 0; phase < Math.Min(Step, Taps); phase++)
        {
            for (int k = phase + ((Taps - 1 - phase) / Step * Step); k >= 0; k -= Step)
            {
                Order[k] = Backward ? next++ : k;
            }
        }
    }

    // The class of each position, the taps of each class, and in Start the number of its members.
    private void FindClasses(int* classOf)
    {
        Classes = 0;
        int latest = 0, spacing = 0;
        for (int p = 0; p < Result; p++)
        {
            Range(p, out int first, out int last);
            int c = Classes - 1;
            while (c >= 0 && (First[c] != first || Last[c] != last))
            {
                c--;
            }

            if (last < 0)
            {
                // positions that meet nothing: one class for each equally spaced series of them
                int gap = p - latest;
                c = c >= 0 && (Start[c] == 1 || gap == spacing) ? c : -1;
                (latest, spacing) = (p, gap);
            }

            if (c < 0)
            {
                c = Classes++;
                First[c] = first;
                Last[c] = last;
                Start[c] = 0;
            }

            classOf[p] = c;
            Start[c]++;
        }
    }

    // The members of each class, and where the first tap meets the source.
    private readonly void CollectMembers(int* classOf)
    {
        int sum = 0;
        for (int c = 0; c < Classes; c++)
        {
            sum += Start[c];
            Start[c] = sum;
        }

        Start[Classes] = sum;
        for (int p = Result - 1; p >= 0; p--)
        {
            int at = --Start[classOf[p]];
            Members[at] = p;
            Base[at] = Last[classOf[p]] < 0 ? 0 : Meets(p, First[classOf[p]]);
        }
    }

    private readonly void Range(int position, out int first, out int last)
    {
        int low, high;
        if (Backward)
        {
            high = position + Pad;
            low = high - ((Source - 1) * Stride);
        }
        else
        {
            low = Pad - (position * Stride);
            high = low + Source - 1;
        }

        first = low <= 0 ? 0 : (low + Dilation - 1) / Dilation;
        last = high < 0 ? -1 : Math.Min(Taps - 1, high / Dilation);
        if (Backward)
        {
            while (first <= last && (high - (first * Dilation)) % Stride != 0)
            {
                first++;
            }

            while (first <= last && (high - (last * Dilation)) % Stride != 0)
            {
                last--;
            }
        }

        if (first > last)
        {
            first = 0;
            last = -1;
        }
    }

    private static int Divisor(int a, int b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
