// Differentiable functions with no network: dotnet run -c Release --project examples/Functions
using Functional.CSharp;

NewtonsMethod();
DecayRate();
Valley();

static Tensor Doubles(params double[] values) => Tensor.Of(DType.Float64, values);

// Solves a x = b for a small positive definite matrix, by conjugate gradients: products are all it needs.
static Tensor Solve(Tensor a, Tensor b)
{
    Tensor x = Tensor.ZerosLike(b), residual = b, direction = b;
    for (int i = 0; i < 2 * b.Size && (double)Tensor.Sum(residual * residual) > 1e-24; i++)
    {
        Tensor image = a.MatMul(direction), square = Tensor.Sum(residual * residual);
        Tensor step = square / Tensor.Sum(direction * image);
        x += step * direction;
        residual -= step * image;
        direction = residual + (Tensor.Sum(residual * residual) / square * direction);
    }

    return x;
}

// The Hessian of a convex function leads to its minimum in a few steps.
static void NewtonsMethod()
{
    Tensor center = Doubles(1, -2, 0.5), x = Doubles(0, 0, 0);
    Tensor Bowl(Tensor p) => Tensor.Sum((p - center) * (p - center)) + p.LogSumExp();

    Console.WriteLine("Newton's method on |x - c|^2 + log sum exp x");
    for (int i = 1; i <= 5; i++)
    {
        (Tensor gradient, Tensor hessian) = Derivative.GradientAndHessian(Bowl, x);
        x -= Solve(hessian, gradient);
        Console.WriteLine($"  step {i}: f = {(double)Bowl(x):f12}, |gradient| = {(double)Derivative.Gradient(Bowl, x).Norm():e1}");
    }
}

// The rate k of y' = -k y^2, found from measurements by differentiating through the integrator (Runge-Kutta 4).
static void DecayRate()
{
    const int Steps = 20;
    const double Duration = 4.0, Dt = Duration / Steps;

    static Tensor Simulate(Tensor k)
    {
        Tensor Slope(Tensor y) => -(k * y * y);
        Tensor y = Tensor.Scalar(1, DType.Float64);
        List<Tensor> path = [y];
        for (int i = 0; i < Steps; i++)
        {
            Tensor k1 = Slope(y), k2 = Slope(y + (k1 * (Dt / 2))), k3 = Slope(y + (k2 * (Dt / 2))), k4 = Slope(y + (k3 * Dt));
            y += (k1 + (2 * k2) + (2 * k3) + k4) * (Dt / 6);
            path.Add(y);
        }

        return Tensor.Stack(0, path);
    }

    // the solution for k = 0.7 is 1 / (1 + 0.7 t)
    Tensor measured = Doubles([.. Enumerable.Range(0, Steps + 1).Select(i => 1 / (1 + (0.7 * Dt * i)))]);
    Tensor Misfit(Tensor k) => Tensor.Sum(Tensor.Square(Simulate(k) - measured));

    Func<Tensor, Tensor> step = Derivative.Compile(k => k - (Derivative.Gradient(Misfit, k) * 0.1));
    Tensor rate = Tensor.Scalar(0.2, DType.Float64);
    for (int i = 0; i < 200; i++)
    {
        rate = step(rate);
    }

    Console.WriteLine($"rate of decay through the integrator: {(double)rate:f5} (the truth is 0.7)");
}

// Gradient descent creeps along the floor of Rosenbrock's valley; Newton's method with a line search walks it.
static void Valley()
{
    static Tensor Rosenbrock(Tensor p)
    {
        Tensor x = p[0], y = p[1];
        return Tensor.Square(1 - x) + (100 * Tensor.Square(y - (x * x)));
    }

    Tensor start = Doubles(-1.2, 1);
    Func<Tensor, Tensor> descend = Derivative.Compile(p => p - (Derivative.Gradient(Rosenbrock, p) * 1e-3));
    Tensor crept = start;
    for (int i = 0; i < 1000; i++)
    {
        crept = descend(crept);
    }

    Tensor walked = start;
    for (int i = 0; i < 30; i++)
    {
        (Tensor gradient, Tensor hessian) = Derivative.GradientAndHessian(Rosenbrock, walked);
        Tensor direction = Solve(hessian, gradient);
        direction = (double)Tensor.Sum(direction * gradient) > 0 ? direction : gradient;
        double value = (double)Rosenbrock(walked), length = 1;
        while (length > 1e-12 && !((double)Rosenbrock(walked - (direction * length)) < value))
        {
            length /= 2;
        }

        walked = length > 1e-12 ? walked - (direction * length) : walked;
    }

    Console.WriteLine("Rosenbrock's valley from (-1.2, 1), minimum 0 at (1, 1)");
    Console.WriteLine($"  1000 steps of gradient descent: f = {(double)Rosenbrock(crept):f6} at {crept}");
    Console.WriteLine($"  30 steps of Newton's method:    f = {(double)Rosenbrock(walked):e1} at {walked}");
}
